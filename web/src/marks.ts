// The toolbar of a text: it writes marks around what is chosen, or where the
// writing stands. The marks can be typed as well.

const around: Record<string, string> = { bold: "**", italic: "*" };
const before: Record<string, string> = { list: "- ", quote: "> " };

// put replaces a part of the text as if it were typed, so that it can be undone.
export function put(text: HTMLTextAreaElement, from: number, to: number, words: string): void {
  text.focus();
  text.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, words)) {
    text.setRangeText(words, from, to, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function mark(text: HTMLTextAreaElement, what: string): void {
  let from = text.selectionStart;
  const to = text.selectionEnd;
  const chosen = text.value.slice(from, to);
  const sign = around[what];
  if (sign) {
    put(text, from, to, sign + chosen + sign);
    text.setSelectionRange(from + sign.length, to + sign.length);
  } else if (before[what]) {
    from = text.value.lastIndexOf("\n", from - 1) + 1;
    put(text, from, to, text.value.slice(from, to).replace(/^/gm, before[what]));
  } else if (what === "mention") {
    put(text, to, to, /[^\s(]$/.test(text.value.slice(0, to)) ? " @" : "@");
  } else {
    put(text, from, to, `[${chosen}](https://)`);
    const at = from + chosen.length + (chosen ? 3 : 1); // where something is missing
    text.setSelectionRange(at, chosen ? at + 8 : at);
  }
}

// textOf is the text that a toolbar is for.
function textOf(bar: HTMLElement): HTMLTextAreaElement | null | undefined {
  return bar.closest("form")?.querySelector<HTMLTextAreaElement>(`textarea[name=${bar.dataset.marks}]`);
}

// The page is asked, and not each toolbar: a form may be put in the place of
// another while the page is open.
document.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLElement>("[data-mark]");
  const bar = button?.closest<HTMLElement>("[data-marks]");
  const text = bar && textOf(bar);
  if (button && text) mark(text, button.dataset.mark ?? "");
});

document.addEventListener("keydown", (e) => {
  const text = e.target as HTMLTextAreaElement;
  const what = (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey ? { b: "bold", i: "italic" }[e.key] : undefined;
  if (!what || !text.form?.querySelector(`[data-marks=${text.name}]`)) return;
  e.preventDefault();
  mark(text, what);
});
