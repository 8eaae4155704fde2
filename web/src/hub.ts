// What the pages gain with a script: closing menus, printing, copying. Every
// page works without it.

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll("details.lang[open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}

document.addEventListener("click", (e) => {
  const at = e.target as Element;
  closeMenus(at.closest("details.lang"));
  const button = at.closest<HTMLElement>("[data-do]");
  if (button) act(button);
});

document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  const open = document.querySelector<HTMLElement>("details.lang[open]");
  if (!open) return;
  closeMenus(null);
  open.querySelector("summary")?.focus();
});

function act(button: HTMLElement): void {
  switch (button.dataset.do) {
    case "print":
      window.print();
      break;
    case "copy":
      copy(button);
      break;
  }
}

// copy puts the text of the element named by data-from on the clipboard and
// says so in the element named by data-say.
function copy(button: HTMLElement): void {
  const from = document.getElementById(button.dataset.from ?? "");
  const say = document.getElementById(button.dataset.say ?? "");
  if (!from) return;
  navigator.clipboard.writeText(from.innerText).then(() => {
    if (say) say.textContent = button.dataset.done ?? "";
  });
}

// What needs a script is hidden until there is one.
for (const el of document.querySelectorAll<HTMLElement>("[data-script]")) el.hidden = false;
