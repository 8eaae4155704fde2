// The desk by keys: j and k go from item to item, Enter opens the one that has
// the focus, t takes it or hands it back, x chooses it. Keys count only while
// the focus is in the list, so that they take nothing from who speaks or types.

function desk(list: HTMLElement): void {
  const items = [...list.querySelectorAll<HTMLElement>("[data-item]")];
  const at = (): number => items.findIndex((i) => i.contains(document.activeElement));
  const go = (n: number): void => items[n]?.querySelector<HTMLElement>("[data-open]")?.focus();

  list.addEventListener("keydown", (e) => {
    const from = e.target as HTMLElement;
    if (e.ctrlKey || e.altKey || e.metaKey || from.closest("textarea, select, input:not([type=checkbox])")) return;
    const n = at();
    if (n < 0) return;
    if (e.key === "j") go(Math.min(n + 1, items.length - 1));
    else if (e.key === "k") go(Math.max(n - 1, 0));
    else if (e.key === "t") items[n]?.querySelector<HTMLElement>("[data-take]")?.click();
    else if (e.key === "x") items[n]?.querySelector<HTMLElement>("input[name=item][type=checkbox]")?.click();
    else return;
    e.preventDefault();
  });

  const all = document.querySelector<HTMLInputElement>("[data-all]");
  all?.addEventListener("change", () => {
    for (const box of list.querySelectorAll<HTMLInputElement>("input[name=item][type=checkbox]")) box.checked = all.checked;
  });
}

for (const list of document.querySelectorAll<HTMLElement>("[data-keys]")) desk(list);
