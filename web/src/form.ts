// What a long form gains with a script: lists that can be searched and say what
// is chosen, tables that grow while they are filled, and questions that open
// all at once. Without it the same form is sent as it is.

const plain = (s: string): string => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// find hides what does not have the words in it, save what is chosen, and says
// so when nothing has them. What was looked for before is replaced by what is
// typed next.
function find(box: HTMLInputElement): void {
  const all = [...(box.closest(".pick")?.querySelectorAll<HTMLElement>(".choices > .check") ?? [])];
  const missed = box.parentElement?.querySelector<HTMLElement>("[data-missed]");
  box.addEventListener("focus", () => box.select());
  box.addEventListener("input", (e) => {
    e.stopPropagation(); // no answer
    const words = plain(box.value).split(/\s+/);
    const has = (c: HTMLElement): boolean => words.every((w) => plain(c.textContent ?? "").includes(w));
    for (const c of all) c.hidden = !has(c) && !c.querySelector("input")?.checked;
    if (missed) missed.textContent = all.some(has) ? "" : (missed.dataset.missed ?? "");
  });
  box.addEventListener("keydown", (e) => {
    if (e.key === "Enter") e.preventDefault(); // does not send the form
  });
}

// say keeps what is chosen in sight.
function say(pick: HTMLElement): void {
  const says = pick.querySelector<HTMLElement>("[data-chosen]");
  const chosen = [...pick.querySelectorAll<HTMLInputElement>("input:checked")].map((i) => i.parentElement?.textContent?.trim() ?? "");
  if (says) says.textContent = chosen.join(" · ") || (says.dataset.none ?? "");
}

// grow adds an empty row when somebody writes into the last one.
function grow(table: HTMLTableElement, last: HTMLTableRowElement): void {
  const body = table.tBodies[0];
  const n = body.rows.length;
  if (last !== body.rows[n - 1] || n >= Number(table.dataset.rows)) return;
  const row = last.cloneNode(true) as HTMLTableRowElement;
  for (const message of row.querySelectorAll(".error-msg")) message.remove();
  for (const field of row.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("input, select, textarea")) {
    field.name = field.id = field.name.replace(/\.\d+\./, `.${n}.`);
    field.value = "";
    field.setAttribute("aria-label", (field.getAttribute("aria-label") ?? "").replace(/\d+$/, String(n + 1)));
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  body.append(row);
}

// unfold opens or closes all optional questions; its button says which.
export function unfold(button: HTMLElement): void {
  const all = [...document.querySelectorAll<HTMLDetailsElement>("details.folding")];
  const open = all.some((d) => !d.open);
  for (const d of all) d.open = open;
  const words = button.textContent ?? "";
  button.textContent = button.dataset.done ?? "";
  button.dataset.done = words;
}

// reveal opens the questions that what the address names stands in.
function reveal(): void {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let d = at?.closest("details"); d; d = d.parentElement?.closest("details")) d.open = true;
  at?.scrollIntoView();
}

for (const box of document.querySelectorAll<HTMLInputElement>("[data-find]")) find(box);
for (const form of document.querySelectorAll<HTMLFormElement>("form.asked")) {
  form.addEventListener("change", (e) => {
    const pick = (e.target as Element).closest<HTMLElement>(".pick");
    if (pick) say(pick);
  });
  // Enter goes on to the next field, as the keyboards of telephones say; the
  // buttons send the form.
  form.addEventListener("keydown", (e) => {
    const field = e.target as HTMLInputElement;
    if (e.key !== "Enter" || e.isComposing || field.enterKeyHint !== "next") return;
    e.preventDefault();
    const all = [...form.querySelectorAll<HTMLElement>("input:not([type=hidden]), select, textarea, summary, button")].filter((f) => f.checkVisibility?.() ?? f.offsetParent);
    all[all.indexOf(field) + 1]?.focus();
  });
  form.addEventListener("input", (e) => {
    const row = (e.target as Element).closest("tr");
    const table = row?.closest<HTMLTableElement>("table[data-rows]");
    if (row && table) grow(table, row);
  });
}
if (document.querySelector("details.folding")) {
  if (location.hash) reveal();
  window.addEventListener("hashchange", reveal);
}
