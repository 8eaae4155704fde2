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

for (const bar of document.querySelectorAll<HTMLElement>("[data-marks]")) {
  const text = bar.closest("form")?.querySelector<HTMLTextAreaElement>(`textarea[name=${bar.dataset.marks}]`);
  if (!text) continue;
  text.before(bar);
  bar.hidden = false;
  bar.addEventListener("click", (e) => {
    const what = (e.target as Element).closest<HTMLElement>("[data-mark]")?.dataset.mark;
    if (what) mark(text, what);
  });
  text.addEventListener("keydown", (e) => {
    const what = (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey ? { b: "bold", i: "italic" }[e.key] : undefined;
    if (!what) return;
    e.preventDefault();
    mark(text, what);
  });
}
