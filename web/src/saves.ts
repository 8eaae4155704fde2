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

// restore puts text back that the hub never got: where its answer is still the
// one that was there.
function restore(form: HTMLFormElement, kept: Kept): void {
  const now = read(form).seen;
  for (const t of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input[type=text], input[type=date]")) {
    const code = t.name.split(".")[0] ?? "";
    const value = kept.values[t.name]?.[0];
    if (value && kept.seen[code] === now[code]) t.value = value;
  }
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
      for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
      const answer = await fetch(location.href, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const saved = (await answer.json()) as Saved;
      for (const [code, mark] of Object.entries(saved.seen)) {
        const seen = form.elements.namedItem("seen." + code) as HTMLInputElement | null;
        if (seen) seen.value = mark;
      }
      // What is wrong or written by two at once is shown when the form is sent.
      if (saved.wrong === 0 && saved.clashes === 0) {
        if (JSON.stringify(read(form).values) === before) localStorage.removeItem(key);
        say(form.dataset.saves);
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

  const kept = localStorage.getItem(key);
  if (kept) restore(form, JSON.parse(kept) as Kept);
  form.addEventListener("input", () => {
    localStorage.setItem(key, JSON.stringify(read(form)));
    say("");
    window.clearTimeout(timer);
    timer = window.setTimeout(send, pause);
  });
  form.addEventListener("submit", () => window.clearTimeout(timer));
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-saves]")) {
  try {
    saves(form);
  } catch {
    // A browser without storage saves when the form is sent.
  }
}
