// What a long form gains with a script: lists that can be searched and say what
// is chosen, tables that grow while they are filled, and questions that open
// all at once. Without it the same form is sent as it is.

const plain = (s: string): string => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// The words of a choice as somebody looks for them: each as it begins, with and
// without the Arabic article, and their first letters ("nhri").
function wordsOf(text: string): string[] {
  const words = plain(text).split(/[^\p{L}\p{N}]+/u).filter((w) => w);
  return [...words, ...words.map((w) => w.replace(/^(و|ب|ك|ل)?(ال|لل)/, "")), words.map((w) => w[0]).join("")];
}

// find hides what does not have the words in it, save what is chosen, and says
// so when nothing has them. Two letters are enough: words that begin with what
// is typed come before those that only contain it. Enter takes the one that is
// left. What was looked for before is replaced by what is typed next.
function find(box: HTMLInputElement): void {
  const pick = box.closest<HTMLDetailsElement>("details.pick");
  const all = [...(pick?.querySelectorAll<HTMLElement>(".choices > .check") ?? [])];
  const words = new Map(all.map((c) => [c, wordsOf(c.textContent ?? "")]));
  const missed = box.parentElement?.querySelector<HTMLElement>("[data-missed]");
  const chosen = (c: HTMLElement): HTMLInputElement | null => c.querySelector("input");
  let left: HTMLElement[] = all;
  const look = (): void => {
    const typed = plain(box.value).split(/\s+/).filter((w) => w);
    const begins = all.filter((c) => typed.every((w) => words.get(c)?.some((x) => x.startsWith(w))));
    left = begins.length > 0 ? begins : all.filter((c) => typed.every((w) => plain(c.textContent ?? "").includes(w)));
    for (const c of all) c.hidden = !left.includes(c) && !chosen(c)?.checked;
    if (missed) missed.textContent = left.length > 0 ? "" : (missed.dataset.missed ?? "");
  };
  box.addEventListener("focus", () => box.select());
  box.addEventListener("input", (e) => {
    e.stopPropagation(); // no answer
    look();
  });
  box.addEventListener("keydown", (e) => {
    if (e.key !== "Enter") return;
    e.preventDefault(); // does not send the form
    if (box.value && left.length === 1) chosen(left[0])?.click();
    box.select();
  });
  // What is tapped was looked for: the next one can be typed at once. Whoever
  // moves by keys stays where they are.
  for (const c of all) {
    c.addEventListener("click", (e) => e.detail > 0 && box.value && window.setTimeout(() => box.focus({ preventScroll: true })));
  }
  // A list too long to be looked through is searched.
  if (all.length > 20) pick?.querySelector("summary")?.addEventListener("click", () => !pick.open && window.setTimeout(() => box.focus({ preventScroll: true })));
}

// say keeps what is chosen in sight.
function say(pick: HTMLElement): void {
  const says = pick.querySelector<HTMLElement>("[data-chosen]");
  const chosen = [...pick.querySelectorAll<HTMLInputElement>("input:checked")].map((i) => i.parentElement?.textContent?.trim() ?? "");
  if (says) says.textContent = chosen.join(" · ") || (says.dataset.none ?? "");
}

const filled = (row: HTMLTableRowElement): boolean => cells(row).some((f) => f.value !== "");
const cells = (row: HTMLTableRowElement): (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[] => [...row.querySelectorAll<HTMLInputElement>("input, select, textarea")];
const changed = (f: Element): boolean => f.dispatchEvent(new Event("input", { bubbles: true }));

// adds gives each choice that is ticked a row of the table behind it, and takes
// it away again while nothing else stands in the row. The ticks follow the rows.
function adds(pick: HTMLElement): void {
  const table = pick.parentElement?.querySelector<HTMLTableElement>("table[data-rows]");
  if (!table) return;
  const boxes = [...pick.querySelectorAll<HTMLInputElement>(".choices input")];
  const rows = (): HTMLTableRowElement[] => [...table.tBodies[0].rows];
  const sync = (): void => {
    for (const b of boxes) b.checked = rows().some((r) => cells(r)[0].value === b.value);
  };
  for (const b of boxes) {
    b.removeAttribute("name"); // the rows say it
    b.addEventListener("change", () => {
      const row = b.checked ? rows().find((r) => !filled(r)) : rows().find((r) => cells(r)[0].value === b.value && !cells(r).some((f, i) => i > 0 && f.value));
      if (row) {
        cells(row)[0].value = b.checked ? b.value : "";
        changed(cells(row)[0]);
      }
      sync();
    });
  }
  table.addEventListener("input", sync);
  sync();
}

// paste puts lines that are pasted into a cell where lines are made to rows.
function paste(e: ClipboardEvent): void {
  const table = (e.target as Element).closest<HTMLTableElement>("table[data-rows]");
  const box = table?.parentElement?.querySelector<HTMLTextAreaElement>("textarea[name^='lines.']");
  const text = e.clipboardData?.getData("text/plain") ?? "";
  if (!box || !/\S\s*\n\s*\S/.test(text)) return;
  e.preventDefault();
  box.closest("details")?.setAttribute("open", "");
  box.value += (box.value && !box.value.endsWith("\n") ? "\n" : "") + text;
  changed(box);
  box.focus();
}

// opens shows the questions that an answer opens. What was opened stays open.
function opens(form: HTMLFormElement, name: string): void {
  for (const d of form.querySelectorAll<HTMLDetailsElement>(`details[data-after="${CSS.escape(name)}"]`)) {
    const values = new FormData(form).getAll(name);
    if (d.dataset.is ? values.includes(d.dataset.is) : values.some((v) => v !== "" && v !== "none")) d.open = true;
  }
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
  // What is to be filled in comes first.
  const fields = [...(at?.matches(".asked .question, .asked .question *") ? at.querySelectorAll<HTMLInputElement>("input:not([type=hidden]), select, textarea, .pick > summary") : [])];
  fields.find((f) => f.closest(".asides") === null && (f.checkVisibility?.() ?? true) && !f.value)?.focus({ preventScroll: true });
}

for (const box of document.querySelectorAll<HTMLInputElement>("[data-find]")) find(box);
for (const pick of document.querySelectorAll<HTMLElement>(".pick.adds")) adds(pick);
for (const form of document.querySelectorAll<HTMLFormElement>("form.asked")) {
  form.addEventListener("change", (e) => {
    const field = e.target as HTMLInputElement;
    const pick = field.closest<HTMLElement>(".pick");
    if (pick) say(pick);
    if (field.name) opens(form, field.name.split(".")[0]);
  });
  form.addEventListener("paste", paste);
  for (const pick of form.querySelectorAll<HTMLElement>(".pick")) say(pick);
  // Enter goes on to the next field, as the keyboards of telephones say; the
  // buttons send the form.
  form.addEventListener("keydown", (e) => {
    const field = e.target as HTMLInputElement;
    if (e.key !== "Enter" || e.isComposing || field.enterKeyHint !== "next") return;
    e.preventDefault();
    const all = [...form.querySelectorAll<HTMLElement>("input:not([type=hidden]), select, textarea, summary, button")].filter((f) => f.checkVisibility?.() ?? f.offsetParent);
    const next = all.slice(all.indexOf(field) + 1);
    (next.find((f) => !(f instanceof HTMLSelectElement && f.value && f.closest("tr"))) ?? next[0])?.focus(); // a choice that begins its row is made
  });
  form.addEventListener("input", (e) => {
    const row = (e.target as Element).closest("tr");
    const table = row?.closest<HTMLTableElement>("table[data-rows]");
    if (row && table) grow(table, row);
  });
}
if (document.querySelector("details.folding, form.asked")) {
  if (location.hash) {
    reveal();
    window.addEventListener("load", () => window.setTimeout(reveal)); // the browser goes to the place itself, and takes the focus away
  }
  window.addEventListener("hashchange", reveal);
}
