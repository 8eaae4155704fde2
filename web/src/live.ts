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

// Times in milliseconds.
const calm = 10_000; // between two messages of who is there or writes
const writes = 4_000; // between two words that somebody writes here
const writing = 8_000; // for how long they are said to
const reading = 2_000; // in which what was seen is told at once
const asleep = 30_000; // without a word, or without a tick of the clock

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
  let over = false;
  let socket: WebSocket | undefined;
  let timer = 0;
  let heard = 0; // when the hub was last heard of
  const token = document.querySelector<HTMLInputElement>("input[name=_csrf]")?.value ?? "";
  const status = document.querySelector<HTMLElement>("[data-status]");
  const pill = document.querySelector<HTMLElement>("[data-pill]");
  const box = document.querySelector<HTMLElement>("[data-presence]");
  const say = (key: string) => write(key && (status?.dataset[key] ?? ""));

  function write(text: string): void {
    if (status && status.textContent !== text) status.textContent = text;
  }

  function send(op: object): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify(op));
  }

  // Who is there and who writes is said seldom, as it is then.
  let here: Event_["data"];
  let writers = "";
  let said = 0;
  let later = 0;
  let stopped = 0;

  function people(): void {
    window.clearTimeout(later);
    const wait = said + calm - Date.now();
    if (wait > 0) {
      later = window.setTimeout(people, wait);
      return;
    }
    said = Date.now();
    const count = box?.querySelector("[data-count]");
    if (box && count && here) {
      if (count.textContent !== here.text) count.textContent = here.text ?? "";
      box.hidden = !here.count;
    }
    if (writers) write(writers);
  }

  function typing(text: string): void {
    const shown = () => status?.textContent === writers;
    window.clearTimeout(stopped);
    if (!shown()) writers = text;
    else write((writers = text));
    people();
    stopped = window.setTimeout(() => {
      if (shown()) write("");
      writers = "";
    }, writing);
  }

  // article makes a post of the page; its forms get the page's own token.
  function article(html: string): HTMLElement | null {
    const post = parse(html).querySelector<HTMLElement>("article");
    post?.querySelectorAll<HTMLInputElement>("input[name=_csrf]").forEach((i) => (i.value = token));
    return post;
  }

  // busy says whether somebody writes or decides inside a post.
  const busy = (el: HTMLElement) => !!el.querySelector("textarea, details[open]") || el.contains(document.activeElement);

  // What has changed in a post that somebody is busy with waits until they are
  // done. Each is looked at once: put sets back what is to wait on.
  const waits = new Map<string, HTMLElement>();
  const settle = () => window.setTimeout(() => [...waits.values()].forEach(put));
  list.addEventListener("focusout", settle);
  list.addEventListener("toggle", settle, true);

  function put(post: HTMLElement): boolean {
    const there = document.getElementById(post.id);
    waits.delete(post.id);
    if (there && list.contains(there)) {
      if (busy(there)) waits.set(post.id, post);
      else there.replaceWith(post);
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

  // says is what a part shows, and where it leads.
  const says = (part: Element) => part.textContent + [...part.querySelectorAll("a")].map((a) => a.getAttribute("href")).join(" ");

  // count says in the heading how many posts there are.
  function count(text?: string): void {
    const shown = document.querySelector("[data-part=count]");
    if (shown && text) shown.textContent = text;
  }

  async function reread(): Promise<void> {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return; // the socket says why, or comes back
    if (answer.redirected) history.replaceState(null, "", answer.url); // it was moved
    const page = parse(await answer.text());
    for (const post of page.querySelectorAll<HTMLElement>("[data-live] article")) put(document.adoptNode(post));
    for (const old of document.querySelectorAll<HTMLElement>("[data-part]")) {
      const now = page.querySelector<HTMLElement>(`[data-part=${old.dataset.part}]`);
      if (!now || says(now) === says(old)) continue;
      if (!old.querySelector<HTMLTextAreaElement>("textarea")?.value && !old.querySelector<HTMLInputElement>("input[type=file]")?.files?.length) {
        old.replaceWith(document.adoptNode(now));
        continue;
      }
      // What somebody is writing stays, even where nobody writes any more.
      old.querySelectorAll(":scope > .notice").forEach((n) => n.remove());
      now.querySelectorAll(":scope > .notice").forEach((n) => old.prepend(document.adoptNode(n)));
    }
  }

  // What is on the screen of somebody who looks is read.
  let noted = after;
  let noting = 0;
  function seen(): void {
    if (noting || document.hidden || noted === after) return;
    noting = window.setTimeout(() => {
      noting = 0;
      send({ op: "seen", topic, seq: (noted = after) });
    }, reading);
  }

  function take(e: Event_): void {
    switch (e.kind) {
      case "post":
        after = e.seq ?? after;
        count(e.data?.text);
        add(e);
        seen();
        break;
      case "edit": {
        const post = article(e.html ?? "");
        if (post) put(post);
        break;
      }
      case "presence":
        here = e.data;
        people();
        break;
      case "typing":
        typing(e.data?.text ?? "");
        break;
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
        box?.remove();
        say("over");
        socket?.close();
        break;
    }
  }

  function open(): void {
    window.clearTimeout(timer);
    if (over || socket) return;
    const mine = new WebSocket(location.origin.replace(/^http/, "ws") + "/live?lang=" + list.dataset.lang);
    socket = mine;
    mine.onopen = () => {
      heard = Date.now();
      send({ op: "sub", topic, after });
      hears(mine);
      if (tries > 0) void reread();
      tries = 0;
      say("");
    };
    mine.onmessage = (m) => {
      if (socket !== mine) return;
      heard = Date.now();
      take(JSON.parse(m.data) as Event_);
    };
    mine.onclose = () => {
      if (over || socket !== mine) return;
      socket = undefined;
      if (++tries > 1) say("away");
      timer = window.setTimeout(open, Math.min(60, 2 ** Math.min(tries, 6)) * 500 * (1 + Math.random()));
    };
  }

  // again comes back at once: the network is there again, somebody looks again,
  // or the machine has slept. A socket that was silent for long may be dead
  // without knowing it: a new one is quickly made.
  function again(): void {
    if (document.hidden || over) return;
    if (socket && Date.now() - heard > asleep) {
      const old = socket;
      socket = undefined;
      tries = Math.max(tries, 1);
      old.close();
    }
    open();
    seen();
  }
  addEventListener("online", again);
  addEventListener("pageshow", again);
  document.addEventListener("visibilitychange", again);
  let awake = Date.now();
  setInterval(() => {
    if (Date.now() - awake > asleep) again();
    awake = Date.now();
  }, 5_000);

  let told = 0;
  document.addEventListener("input", (e) => {
    const name = (e.target as HTMLInputElement).name;
    if (name !== "body" || Date.now() - told < writes) return;
    told = Date.now();
    send({ op: "typing", topic });
  });

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
