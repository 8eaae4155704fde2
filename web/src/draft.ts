// What somebody writes stays in their browser until it is posted: a lost
// network, an expired sign-in or a closed window loses nothing. It is dropped
// when the page says that it was posted, and with a signing out, which clears
// the storage.

const prefix = "draft ";

function keep(form: HTMLFormElement): void {
  const key = prefix + (form.dataset.draft ?? "");
  const texts = form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input[type=text]");
  const done = new URLSearchParams(location.search).get("done");
  if (done === "post" || done === "start" || done === "summary.propose") localStorage.removeItem(key);
  const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
  const same = kept["="] !== undefined && kept["="] === form.dataset.base; // written over the text that stands there
  for (const t of texts) if ((t.value === "" || (same && t.value === t.defaultValue)) && kept[t.name]) t.value = kept[t.name];
}

// save keeps what is written. It is asked of the page and not of the form: one
// that is put in the place of another, as the page changes, goes on being kept.
function save(form: HTMLFormElement): void {
  const texts = form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input[type=text]");
  const said = form.querySelector<HTMLElement>("[data-said]");
  const all = [...texts].map((t) => [t.name, t.value]);
  if (form.dataset.base) all.push(["=", form.dataset.base]);
  localStorage.setItem(prefix + (form.dataset.draft ?? ""), JSON.stringify(Object.fromEntries(all)));
  if (said) said.textContent = said.dataset.text ?? "";
}

document.addEventListener("input", (e) => {
  const form = (e.target as Element).closest<HTMLFormElement>("form[data-draft]");
  try {
    if (form) save(form);
  } catch {
    // A browser without storage keeps nothing.
  }
});

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) {
  try {
    keep(form);
  } catch {
    // A browser without storage keeps nothing: the form works all the same.
  }
}
