// What pages do beyond forms and links: one live feed a browser, and countdowns by the server's clock.
(() => {
  "use strict";
  const body = document.body;
  const RETRY = 2000;
  const ahead = Number(body.dataset.now) * 1000 - Date.now();
  const now = () => Date.now() + ahead;

  // --- The feed: of all tabs of a browser one holds the stream (HTTP/1.1 allows six a host) and tells the others.
  let position = Number(body.dataset.position);
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("feed") : null;

  const told = (change) => {
    if (change.id) position = Math.max(position, change.id);
    document.dispatchEvent(new CustomEvent("feed:case", { detail: change }));
  };
  const tell = (change) => {
    told(change);
    tabs?.postMessage(change);
  };
  const everything = { case: null, kind: null, id: 0 };

  const sign = (name) => document.dispatchEvent(new CustomEvent(`feed:${name}`));
  let out = false;
  let anew = () => {};
  let stop = () => {};
  const listen = (letGo) => {
    if (out) return letGo();
    leads = true;
    const stream = new EventSource(`/events?since=${position}`);
    let again;
    const close = () => {
      clearTimeout(again);
      stream.close();
    };
    anew = () => {
      close();
      listen(letGo);
    };
    stop = () => {
      leads = false;
      anew = stop = () => {};
      close();
      letGo();
    };
    stream.addEventListener("case", (event) => tell(JSON.parse(event.data)));
    for (const sound of ["open", "alive", "case"]) stream.addEventListener(sound, () => sign("heard"));
    stream.addEventListener("error", () => {
      sign("lost");
      if (stream.readyState !== EventSource.CLOSED) return;
      again = setTimeout(() => listen(letGo), RETRY);  // refused: it does not come back by itself
      sign("refused");
    });
    sign("opens");
  };
  document.addEventListener("feed:anew", () => anew());
  let leads = false;
  tabs?.addEventListener("message", ({ data }) => {
    if (data.hello === undefined) told(data);
    // A tab that loaded between two events says how far it is; when the stream is further, it has missed some.
    else if (leads && data.hello < position) tabs.postMessage({ ...everything, id: position });
  });
  const follow = () => {
    if (!navigator.locks || !tabs) return listen(() => {});
    navigator.locks.request("feed", () => new Promise(listen));  // until this tab is closed or signed out; then another takes over
    tabs.postMessage({ hello: position });
  };
  if (body.dataset.me) follow();
  document.addEventListener("session:over", () => {
    out = true;
    stop();
  });
  document.addEventListener("session:back", () => {
    out = false;
    follow();
    told(everything);
  });

  // --- Countdowns: one tick for all, none while nobody looks.
  const shown = (seconds) => {
    const rest = Math.abs(seconds);
    const two = (value) => String(value).padStart(2, "0");
    const clock = `${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
    return (seconds < 0 ? "−" : "") + (rest >= 3600 ? `${Math.floor(rest / 3600)}:${clock}` : clock);
  };
  const tick = (timer) => {
    const seconds = Math.floor((Number(timer.getAttribute("due")) * 1000 - now()) / 1000);
    const text = shown(seconds);
    if (timer.textContent !== text) timer.textContent = text;
    timer.classList.toggle("late", seconds < 0);
    timer.classList.toggle("soon", seconds >= 0 && seconds < 900);
  };
  customElements.define("sla-timer", class extends HTMLElement {
    connectedCallback() {
      this.setAttribute("role", "timer");
      tick(this);
    }
  });
  setInterval(() => {
    if (!document.hidden) document.querySelectorAll("sla-timer").forEach(tick);
  }, 1000);
  // A fragment brings its timers as they were when it was made.
  document.addEventListener("htmx:after:swap", ({ target }) => target.querySelectorAll?.("sla-timer").forEach(tick));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.querySelectorAll("sla-timer").forEach(tick);
  });

  // --- Rows are the same for everybody; what is offered to whoever looks is marked here.
  const mark = () => {
    for (const one of document.querySelectorAll("[data-offered]")) one.classList.toggle("offered-me", one.dataset.offered === body.dataset.me);
  };
  document.addEventListener("htmx:after:swap", mark);
  mark();
})();
