// A thread that stays open hears of what is new: posts come at the end, what
// has changed is put in its place. Without a socket the page works by loading
// it again.

import { hears, ring } from "./bell";

interface Event_ {
  topic?: string;
  seq?: number;
  kind: string;
  html?: string;
  data?: { count?: number; text?: string };
}

// safe is how HTML of the hub becomes part of the page where the browser
// guards that.
const types = (window as any).trustedTypes?.createPolicy("hub-live", { createHTML: (s: string) => s });

function parse(html: string): Document {
  return new DOMParser().parseFromString(types ? types.createHTML(html) : html, "text/html");
}

function listen(list: HTMLElement): void {
  const topic = list.dataset.live ?? "";
  let after = Number(list.dataset.after);
  let tries = 0;
  const token = document.querySelector<HTMLInputElement>("input[name=_csrf]")?.value ?? "";
  const status = document.querySelector<HTMLElement>("[data-status]");
  const pill = document.querySelector<HTMLElement>("[data-pill]");
  const say = (key: string) => {
    if (status) status.textContent = key ? (status.dataset[key] ?? "") : "";
  };

  // article makes a post of the page; its forms get the page's own token.
  function article(html: string): HTMLElement | null {
    const post = parse(html).querySelector<HTMLElement>("article");
    post?.querySelectorAll<HTMLInputElement>("input[name=_csrf]").forEach((i) => (i.value = token));
    return post;
  }

  // busy says whether somebody writes or decides inside a post.
  const busy = (el: HTMLElement) => !!el.querySelector("textarea, details[open]") || el.contains(document.activeElement);

  function put(post: HTMLElement): boolean {
    const there = document.getElementById(post.id);
    if (there && list.contains(there)) {
      if (!busy(there)) there.replaceWith(post);
      return false;
    }
    list.append(post);
    return true;
  }

  function add(e: Event_): void {
    const post = article(e.html ?? "");
    if (!post) return;
    post.classList.add("new");
    if (!put(post)) return;
    say("new");
    const link = pill?.querySelector("a");
    if (pill && link && pill.hidden && post.getBoundingClientRect().top > innerHeight) {
      link.setAttribute("href", "#" + post.id);
      pill.hidden = false;
    }
  }

  async function reread(): Promise<void> {
    const answer = await fetch(location.href);
    if (answer.redirected) history.replaceState(null, "", answer.url); // it was moved
    const page = parse(await answer.text());
    for (const post of page.querySelectorAll<HTMLElement>("[data-live] article")) put(document.adoptNode(post));
    for (const old of document.querySelectorAll<HTMLElement>("[data-part]")) {
      const now = page.querySelector<HTMLElement>(`[data-part=${old.dataset.part}]`);
      if (!now || now.textContent === old.textContent) continue;
      if (!old.querySelector<HTMLTextAreaElement>("textarea")?.value) {
        old.replaceWith(document.adoptNode(now));
        continue;
      }
      // What somebody is writing stays, even where nobody writes any more.
      old.querySelectorAll(":scope > .notice").forEach((n) => n.remove());
      now.querySelectorAll(":scope > .notice").forEach((n) => old.prepend(document.adoptNode(n)));
    }
  }

  function seen(socket: WebSocket): void {
    if (!document.hidden) socket.send(JSON.stringify({ op: "seen", topic, seq: after }));
  }

  function open(): void {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/live?lang=" + list.dataset.lang);
    let over = false;
    socket.onopen = () => {
      socket.send(JSON.stringify({ op: "sub", topic, after }));
      hears(socket);
      if (tries > 0) void reread();
      tries = 0;
      say("");
    };
    socket.onmessage = (m) => {
      const e = JSON.parse(m.data) as Event_;
      switch (e.kind) {
        case "post":
          after = e.seq ?? after;
          add(e);
          seen(socket);
          break;
        case "edit": {
          const post = article(e.html ?? "");
          if (post) put(post);
          break;
        }
        case "presence": {
          const box = document.querySelector<HTMLElement>("[data-presence]");
          const count = box?.querySelector("[data-count]");
          if (box && count) {
            count.textContent = String(e.data?.count ?? 0);
            box.hidden = false;
          }
          break;
        }
        case "notification":
          ring(e.data);
          break;
        case "resync":
          void reread();
          break;
        case "revoked":
        case "denied":
          over = true;
          list.replaceChildren();
          document.querySelectorAll("[data-part]").forEach((e) => e.remove());
          say("over");
          socket.close();
          break;
      }
    };
    socket.onclose = () => {
      if (over) return;
      if (++tries > 1) say("away");
      setTimeout(open, Math.min(60, 2 ** Math.min(tries, 6)) * 500 * (1 + Math.random()));
    };
  }
  // The pill has done its work once the last post is in sight.
  addEventListener(
    "scroll",
    () => {
      const last = list.lastElementChild;
      if (pill && last && last.getBoundingClientRect().top < innerHeight) pill.hidden = true;
    },
    { passive: true },
  );
  open();
}

const list = document.querySelector<HTMLElement>("[data-live]");
if (list && "WebSocket" in window) listen(list);
