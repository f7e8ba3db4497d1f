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
  setInterval(() => { if (Date.now() - waiting > SILENCE) again(); }, 5000);
  window.addEventListener("offline", lose);
  window.addEventListener("online", again);
})();
