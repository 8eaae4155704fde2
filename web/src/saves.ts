// A form that saves itself: what is written goes to the hub while it is
// written, and stays in the browser until the hub has it. The form can be sent
// as ever; without this script that is the only way.

const pause = 2500; // milliseconds after the last key
const meeting = 25_000; // milliseconds between two looks at who else is here
const prefix = "answers ";

interface Saved {
  seen: Record<string, string>;
  wrong: number;
  clashes: number;
  advice?: Record<string, string[]>; // on the answers as they are kept
}

interface Kept {
  values: Record<string, string[]>;
  seen: Record<string, string>; // marks of the answers that were there
}

function read(form: HTMLFormElement): Kept {
  const kept: Kept = { values: {}, seen: {} };
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue; // a file goes with the form
    if (name.startsWith("seen.")) kept.seen[name.slice(5)] = value;
    else if (name[0] !== "_") (kept.values[name] ??= []).push(value);
  }
  return kept;
}

// advise shows what would make the answers more precise.
function advise(form: HTMLFormElement, advice: Record<string, string[]>): void {
  for (const list of form.querySelectorAll<HTMLElement>("[data-advice]")) {
    const say = advice[list.dataset.advice ?? ""] ?? [];
    list.replaceChildren(...say.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    list.hidden = say.length === 0;
  }
}

// codeOf is the question that a field is of.
function codeOf(name: string): string {
  const [first = "", second = ""] = name.split(".");
  return ["closed", "skip", "still", "unclear", "lines"].includes(first) ? second : first;
}

// restore puts back what the hub never got: where the answer is still the one
// that was there. Text that was there is never emptied. It says whether it put
// anything back; tables grow meanwhile.
function restore(form: HTMLFormElement, kept: Kept): boolean {
  const now = read(form).seen;
  let any = false;
  const put = (f: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement): void => {
    const code = codeOf(f.name);
    if (!(code in now) || kept.seen[code] !== now[code] || f.type === "hidden" || f.type === "file") return;
    const values = kept.values[f.name] ?? [];
    if (f instanceof HTMLInputElement && (f.type === "checkbox" || f.type === "radio")) {
      if (f.checked === values.includes(f.value)) return;
      f.checked = !f.checked;
      f.dispatchEvent(new Event("change", { bubbles: true }));
    } else {
      const value = values[0];
      if (!value || value === f.value) return;
      f.value = value;
      f.dispatchEvent(new Event("input", { bubbles: true }));
    }
    any = true;
    for (let d = f.closest("details"); d; d = d.parentElement?.closest("details") ?? null) d.open ||= !d.matches(".pick");
  };
  for (const f of form.elements) if (!Object.keys(kept.values).includes((f as HTMLInputElement).name)) put(f as HTMLInputElement);
  for (const name of Object.keys(kept.values)) {
    for (const f of form.elements) if ((f as HTMLInputElement).name === name) put(f as HTMLInputElement); // rows come as they are filled
  }
  return any;
}

function saves(form: HTMLFormElement): void {
  const key = prefix + location.pathname + location.search;
  const state = form.querySelector<HTMLElement>("[data-state]");
  let timer = 0;
  let sending = false;
  let again = false;

  const say = (text: string | undefined): void => {
    if (state) state.textContent = text ?? "";
  };

  async function send(): Promise<void> {
    if (sending) {
      again = true;
      return;
    }
    sending = true;
    const before = JSON.stringify(read(form).values);
    try {
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string" && !name.startsWith("lines.")) body.append(name, value);
      const answer = await fetch(location.href, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) {
        const later = answer.status >= 500 || answer.status === 429;
        say(later ? form.dataset.away : form.dataset.out);
        if (later) timer = window.setTimeout(send, 4 * pause);
        sending = false;
        return;
      }
      const saved = (await answer.json()) as Saved;
      for (const [code, mark] of Object.entries(saved.seen)) {
        const seen = form.elements.namedItem("seen." + code) as HTMLInputElement | null;
        if (seen) seen.value = mark;
      }
      if (saved.advice) advise(form, saved.advice);
      // What is wrong is shown when the form is sent, as are both texts where
      // two wrote at once.
      if (saved.clashes > 0) say(form.dataset.clash);
      else if (saved.wrong === 0) {
        const now = read(form);
        const waits = Object.entries(now.values).some(([name, [value]]) => name.startsWith("lines.") && value); // until the form is sent
        if (waits) localStorage.setItem(key, JSON.stringify(now));
        else if (JSON.stringify(now.values) === before) localStorage.removeItem(key);
        say(waits ? form.dataset.waits : form.dataset.saves);
      }
    } catch {
      say(form.dataset.away);
      timer = window.setTimeout(send, 4 * pause);
    }
    sending = false;
    if (again) {
      again = false;
      void send();
    }
  }

  const here = document.querySelector<HTMLElement>("[data-here]");
  // Others who have this form open are told of this page, and it of them.
  async function meet(): Promise<void> {
    if (!here || document.hidden) return;
    const answer = await fetch(location.href, { headers: { Accept: "application/json" }, redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const { here: text } = (await answer.json()) as { here: string };
    if (here.textContent !== text) here.textContent = text;
  }
  window.setInterval(meet, meeting);

  form.addEventListener("input", () => {
    localStorage.setItem(key, JSON.stringify(read(form)));
    say("");
    window.clearTimeout(timer);
    timer = window.setTimeout(send, pause);
  });
  form.addEventListener("submit", () => window.clearTimeout(timer));
  const kept = localStorage.getItem(key);
  if (form.dataset.posted !== undefined) {
    localStorage.setItem(key, JSON.stringify(read(form))); // what was sent is shown, and not all of it is kept yet
  } else if (kept && restore(form, JSON.parse(kept) as Kept)) {
    window.clearTimeout(timer);
    void send().then(() => {
      if (state?.textContent === form.dataset.saves) say(form.dataset.back);
    });
  } else localStorage.removeItem(key);
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-saves]")) {
  try {
    saves(form);
  } catch {
    // A browser without storage saves when the form is sent.
  }
}
