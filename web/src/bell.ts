// The bell changes while a page of the discussions is open. A thread has a
// socket already; other pages have one while somebody looks at them.

interface News {
  count?: number;
  text?: string;
}

const bell = document.querySelector<HTMLElement>("[data-bell]");

// hears asks for the news of who is signed in.
export function hears(socket: WebSocket): void {
  if (bell) socket.send(JSON.stringify({ op: "sub", topic: "person", after: Number(bell.dataset.bell) }));
}

// ring shows how much news there is.
export function ring(news?: News): void {
  const words = bell?.querySelector("span");
  if (!bell || !words || !news) return;
  bell.dataset.bell = String(news.count);
  words.textContent = news.text ?? "";
  bell.classList.toggle("rings", (news.count ?? 0) > 0);
}

function listen(lang: string): void {
  let socket: WebSocket | undefined;
  let tries = 0;
  let timer = 0;

  function open(): void {
    window.clearTimeout(timer);
    if (socket || document.hidden) return;
    const mine = new WebSocket(location.origin.replace(/^http/, "ws") + "/live?lang=" + lang);
    socket = mine;
    mine.onopen = () => {
      tries = 0;
      hears(mine);
    };
    mine.onmessage = (m) => {
      const e = JSON.parse(m.data) as { kind: string; data?: News };
      if (e.kind === "notification") ring(e.data);
    };
    mine.onclose = () => {
      socket = undefined;
      timer = window.setTimeout(open, 2 ** Math.min(++tries, 6) * 1000 * (1 + Math.random()));
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) socket?.close();
    else open();
  });
  open();
}

if (bell?.dataset.lang && !document.querySelector("[data-live]") && "WebSocket" in window) listen(bell.dataset.lang);
