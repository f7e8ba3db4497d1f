// Whether the feed is heard. While it is not, a line on every tab says since when; once it is again, everything is read anew.
(() => {
  "use strict";
  const PASSING = 4000;  // what is back by then is not worth a word
  const SILENCE = 40000;  // the server says that it is alive every 15 seconds; a connection may die without a sign
  const { now: made, zone } = document.body.dataset;
  const line = document.getElementById("cut");
  const ahead = Number(made) * 1000 - Date.now();
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("connection") : null;
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`feed:${name}`, { detail }));

  let listens = false;  // this tab holds the stream for all
  let heard = Date.now();
  let waiting = heard;
  let cut = null;
  let saying = 0;
  const learn = (since) => {
    const back = cut !== null && since === null;
    cut = since;
    clearTimeout(saying);
    if (cut === null) line.textContent = "";
    else saying = setTimeout(() => { line.textContent = line.dataset.says.replace("{time}", clock.format(cut + ahead)); }, PASSING);
    if (back) tell("case", { case: null, kind: null, id: 0 });
  };
  const spread = (since) => {
    learn(since);
    tabs?.postMessage({ cut });
  };
  tabs?.addEventListener("message", ({ data }) => {
    if (!data.hello) learn(data.cut);
    else if (listens && cut !== null) tabs.postMessage({ cut });
  });
  tabs?.postMessage({ hello: true });

  const lose = () => {
    if (listens && cut === null) spread(heard);
  };
  const again = () => {
    if (!listens) return;
    lose();
    tell("anew");
  };
  document.addEventListener("feed:opens", () => {
    waiting = Date.now();
    if (!listens) heard = waiting;  // until then another tab heard for this one
    listens = true;
  });
  document.addEventListener("feed:heard", () => {
    heard = waiting = Date.now();
    if (cut !== null) spread(null);
  });
  document.addEventListener("feed:lost", lose);
  document.addEventListener("session:over", () => {  // another line says so, and nothing is listened for
    listens = false;
    learn(null);
  });
  setInterval(() => { if (Date.now() - waiting > SILENCE) again(); }, 5000);
  window.addEventListener("offline", lose);
  window.addEventListener("online", again);
})();

// Signed out in another tab, or by the hour: what was typed stays, and nothing is asked for until the same person is back.
(() => {
  "use strict";
  const LONG = 3000;
  const { me } = document.body.dataset;
  if (!me) return;  // nobody yet, while a one-time password is to be replaced
  const notice = document.getElementById("signed-out");
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
  let out = false;

  const whoIsIn = async () => {
    const answer = await fetch("/me", { cache: "no-store", signal: AbortSignal.timeout(LONG) });
    return answer.ok ? (await answer.json()).id : answer.status === 401 ? null : undefined;
  };
  const look = async () => {
    const who = await whoIsIn().catch(() => undefined);
    if (who === undefined || (who !== me) === out) return;
    out = !out;
    notice.hidden = !out;
    document.dispatchEvent(new CustomEvent(out ? "session:over" : "session:back"));
    if (out) tabs?.postMessage({ over: true });
  };

  // Each tab looks for itself. One that has loaded is signed in, or its person would not read it.
  tabs?.addEventListener("message", ({ data }) => {
    if (data.over || out) look();
  });
  tabs?.postMessage({ over: false });
  window.addEventListener("focus", () => out && look());
  document.addEventListener("feed:refused", look);
  document.addEventListener("htmx:response:error", ({ detail }) => detail.ctx.response.status === 401 && look());
  document.addEventListener("htmx:before:request", (event) => out && event.preventDefault());

  // Before a form goes with what was typed, since the page would go with it.
  const typed = (one) => one.matches("textarea, input:not([type=hidden], [type=checkbox], [type=radio])") && one.value;
  const asking = new WeakSet();
  let sure = null;
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form === sure || form.method !== "post" || ![...form.elements].some(typed)) return;
    event.preventDefault();
    if (asking.has(form)) return;
    asking.add(form);
    await look();
    asking.delete(form);
    if (out) return;
    sure = form;
    form.requestSubmit(submitter?.form === form ? submitter : null);
    sure = null;
  });
})();
