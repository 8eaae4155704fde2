// What the pages gain with a script: closing menus, printing, copying. Every
// page works without it.

import "./bell";
import "./desk";
import "./draft";
import { unfold } from "./form";
import "./live";
import "./marks";
import "./mention";
import "./passkey";
import "./saves";

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
    case "unfold":
      unfold(button);
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

// What needs a script is hidden until there is one. Of what may come later, as
// the page changes, the style says so.
document.documentElement.classList.add("scripted");
for (const el of document.querySelectorAll<HTMLElement>("[data-script]")) el.hidden = false;

// Suggestions while typing: the combobox pattern of ARIA. The box stays a plain
// form field: what is typed can always be sent, and without suggestions nothing
// is missing.

interface Suggestion {
  text: string;
  note?: string;
  lang: string;
  url: string;
}

const pause = 120; // milliseconds after the last key

function suggestIn(input: HTMLInputElement): void {
  const list = document.createElement("ul");
  const status = document.createElement("span");
  let asked: AbortController | undefined;
  let timer = 0;
  let at = -1;

  list.id = input.id + "-suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.label ?? "");
  list.hidden = true;
  status.className = "vh";
  status.setAttribute("role", "status");
  input.after(list, status);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  const options = (): HTMLElement[] => [...list.children] as HTMLElement[];

  function close(): void {
    window.clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    list.replaceChildren();
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(n: number): void {
    const all = options();
    at = n < -1 ? all.length - 1 : n >= all.length ? -1 : n;
    all.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    }
  }

  function show(items: Suggestion[]): void {
    list.replaceChildren(
      ...items.map((s, i) => {
        const option = document.createElement("li");
        const text = document.createElement("span");
        option.id = `${list.id}-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.url = s.url;
        text.textContent = s.text;
        text.lang = s.lang;
        text.dir = "auto";
        option.append(text);
        if (s.note) {
          const note = document.createElement("span");
          note.className = "meta";
          note.textContent = s.note;
          option.append(note);
        }
        return option;
      }),
    );
    at = -1;
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    status.textContent = items.length > 0 ? `${items.length} ${input.dataset.label ?? ""}` : "";
  }

  async function ask(): Promise<void> {
    const typed = input.value.trim();
    asked?.abort();
    if (typed.length < 2) return close();
    asked = new AbortController();
    const url = new URL(input.dataset.suggest ?? "", location.href);
    url.searchParams.set("q", typed);
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return close();
      const found = (await answer.json()) as { items: Suggestion[] };
      if (document.activeElement === input) show(found.items);
    } catch {
      // Another key was typed, or the line is down: the form works all the same.
    }
  }

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, pause);
  });
  input.addEventListener("keydown", (e) => {
    if (list.hidden) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      choose(at + (e.key === "ArrowDown" ? 1 : -1));
    } else if (e.key === "Escape") {
      e.preventDefault();
      close();
    } else if (e.key === "Enter" && at >= 0) {
      e.preventDefault();
      location.assign(options()[at].dataset.url ?? "");
    }
  });
  list.addEventListener("mousedown", (e) => e.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (e) => {
    const url = (e.target as Element).closest<HTMLElement>("[role=option]")?.dataset.url;
    if (url) location.assign(url);
  });
  input.addEventListener("blur", close);
}

for (const box of document.querySelectorAll<HTMLInputElement>("input[data-suggest]")) suggestIn(box);
