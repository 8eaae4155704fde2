// Mentions: while somebody types an @ and the beginning of a name, the people
// whom they may mention are offered. What is typed without it works as well.

import { put } from "./marks";

interface Person {
  handle: string;
  name: string;
  note: string;
}

const life = 60_000; // milliseconds for which the people of a place are kept
const most = 8;

const asked = new Map<string, { at: number; all: Promise<Person[]> }>();

// people are those whom one may mention in a place, asked for once in a while.
function people(place: string): Promise<Person[]> {
  const kept = asked.get(place);
  if (kept && Date.now() - kept.at < life) return kept.all;
  const all = fetch(place, { headers: { Accept: "application/json" } })
    .then(async (answer) => (answer.ok ? ((await answer.json()) as { items: Person[] }).items : []))
    .catch(() => {
      asked.delete(place); // the line is down: the next key asks again
      return [];
    });
  asked.set(place, { at: Date.now(), all });
  return all;
}

const bare = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function begins(p: Person, typed: string): boolean {
  const want = bare(typed);
  return bare(p.handle).startsWith(want) || bare(p.name).split(/\s+/).some((word) => word.startsWith(want));
}

// What is offered now, and in which text.
let text: HTMLTextAreaElement | undefined;
let list: HTMLElement | undefined;
let from = 0; // where the @ stands
let at = 0; // which of the list is chosen

const options = (): HTMLElement[] => [...(list?.children ?? [])] as HTMLElement[];

function close(): void {
  list?.parentElement?.querySelector("[data-offered]")?.remove();
  list?.remove();
  text?.removeAttribute("aria-activedescendant");
  text?.removeAttribute("aria-controls");
  list = text = undefined;
}

function choose(n: number): void {
  const all = options();
  at = (n + all.length) % all.length;
  all.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
  text?.setAttribute("aria-activedescendant", all[at].id);
  all[at].scrollIntoView({ block: "nearest" });
}

function take(option: HTMLElement): void {
  const into = text;
  const handle = option.dataset.handle;
  close();
  if (into) put(into, from, into.selectionStart, `@${handle} `);
}

function show(into: HTMLTextAreaElement, found: Person[]): void {
  close();
  if (found.length === 0) return;
  text = into;
  list = document.createElement("ul");
  list.id = "mentions";
  list.className = "suggestions mentions";
  list.setAttribute("role", "listbox");
  const label = into.form?.dataset.peopleLabel ?? "";
  list.setAttribute("aria-label", label);
  list.append(
    ...found.map((p, i) => {
      const option = document.createElement("li");
      option.id = `mentions-${i}`;
      option.dataset.handle = p.handle;
      option.setAttribute("role", "option");
      const name = document.createElement("bdi");
      name.textContent = p.name;
      const note = document.createElement("span");
      note.className = "meta";
      note.textContent = p.note;
      option.append(name, note);
      return option;
    }),
  );
  list.addEventListener("mousedown", (e) => e.preventDefault()); // the text keeps the focus
  list.addEventListener("click", (e) => {
    const option = (e.target as Element).closest<HTMLElement>("[role=option]");
    if (option) take(option);
  });
  const said = document.createElement("span");
  said.className = "vh";
  said.dataset.offered = "";
  said.setAttribute("role", "status");
  into.after(list, said);
  said.textContent = `${label} ${found.length}`;
  into.setAttribute("aria-controls", list.id);
  choose(0);
}

// offer looks at what stands before the cursor.
async function offer(into: HTMLTextAreaElement, place: string): Promise<void> {
  const before = into.value.slice(0, into.selectionStart);
  const typed = /(?:^|[^A-Za-z0-9._%+/@-])@([\p{L}\p{M}\p{N}-]*)$/u.exec(before);
  if (!typed || typed[1].length > 60) return close();
  const all = await people(place);
  if (into.value.slice(0, into.selectionStart) !== before || document.activeElement !== into) return;
  from = before.length - typed[1].length - 1;
  show(into, all.filter((p) => begins(p, typed[1])).slice(0, most));
}

document.addEventListener("input", (e) => {
  const into = e.target as HTMLTextAreaElement;
  const place = into.tagName === "TEXTAREA" ? into.form?.dataset.people : undefined;
  if (place) void offer(into, place);
});

document.addEventListener(
  "keydown",
  (e) => {
    if (!list || e.target !== text) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") choose(at + (e.key === "ArrowDown" ? 1 : -1));
    else if (e.key === "Enter" || e.key === "Tab") take(options()[at]);
    else if (e.key === "Escape") close();
    else return;
    e.preventDefault();
  },
  true,
);

document.addEventListener("focusout", (e) => {
  if (e.target === text) close();
});
