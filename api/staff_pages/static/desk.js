// The desk alone: what is mine, what has changed, who is new, and the place where somebody was.
(() => {
  "use strict";
  const queue = document.getElementById("queue");
  const me = document.body.dataset.me;
  const rows = () => [...queue.querySelectorAll("[data-row]")];
  const name = document.title;

  // --- Rows are the same for everybody; what is mine is marked here.
  const mark = () => {
    for (const row of rows()) row.classList.toggle("mine", row.dataset.owner === me);
  };

  // --- A refetch asks for as many rows as are shown, and for nothing older than what the feed has told.
  let position = Number(document.body.dataset.position);
  document.addEventListener("feed:case", ({ detail }) => {
    position = Math.max(position, detail.id ?? 0);
  });
  queue.addEventListener("htmx:before:request", ({ target, detail: { ctx } }) => {
    ctx.request.headers["Feed-Position"] = String(position);
    if (target !== queue) return;
    const address = new URL(ctx.request.action, location.href);
    address.searchParams.set("rows", Math.min(Math.max(rows().length, queue.dataset.page), queue.dataset.most));
    ctx.request.action = address.pathname + address.search;
  });

  // --- What has changed since is fresh; whoever was at a row that went away finds themselves at its place.
  let known = new Map();
  let whole = true;
  let place = -1;
  const remember = () => {
    known = new Map(rows().map((row) => [row.id, row.dataset.seq]));
    whole = !queue.querySelector(".more");
    place = rows().findIndex((row) => row.contains(document.activeElement));
  };
  const compare = () => {
    const all = rows();
    // At the end, where there was more to come, an unknown row has only moved up.
    const last = whole ? all.length : all.findLastIndex((row) => known.has(row.id));
    all.forEach((row, at) => row.classList.toggle("fresh", at <= last && known.get(row.id) !== row.dataset.seq));
    if (place < 0 || queue.contains(document.activeElement)) return;
    all[Math.min(place, all.length - 1)]?.querySelector("a.opens")?.focus({ preventScroll: true });
  };
  queue.addEventListener("htmx:before:swap", ({ target }) => {
    if (target === queue) remember();
  });
  queue.addEventListener("htmx:after:swap", ({ target }) => {
    if (target === queue) compare();
    mark();
  });
  mark();

  // --- New ones that nobody has are counted in the title until somebody looks, and heard if that was asked for.
  const unseen = new Set();
  const show = () => {
    document.title = unseen.size ? `(${unseen.size}) ${name}` : name;
  };
  document.addEventListener("feed:case", ({ detail }) => {
    if (detail.kind === "opened") {
      if (document.hidden || !document.hasFocus()) unseen.add(detail.case);
      ring(detail.case);
    } else if (["claimed", "assigned", "closed", "withdrawn"].includes(detail.kind)) {
      unseen.delete(detail.case);
    }
    show();
  });
  const seen = () => {
    if (document.hidden) return;
    unseen.clear();
    show();
  };
  window.addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);

  // --- Sound: off until somebody switches it on here; of several desks in one browser only one is heard.
  const button = document.getElementById("sound");
  let audio = null;
  const wanted = () => localStorage.getItem("sound") === "on";
  const awake = () => {
    if (!wanted()) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  };
  const tone = (pitch, start) => {
    const [source, volume] = [audio.createOscillator(), audio.createGain()];
    source.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.08, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
    source.connect(volume).connect(audio.destination);
    source.start(start);
    source.stop(start + 0.4);
  };
  const beep = () => {
    tone(660, audio.currentTime);
    tone(880, audio.currentTime + 0.12);
    document.dispatchEvent(new CustomEvent("desk:rang"));
  };
  const ring = (about) => {
    if (!wanted() || audio?.state !== "running") return;
    if (!navigator.locks) return beep();
    navigator.locks.request(`rings ${about}`, { ifAvailable: true }, (mine) => {
      if (!mine) return null;
      beep();
      return new Promise((done) => setTimeout(done, 2000));
    });
  };
  const pressed = () => button.setAttribute("aria-pressed", String(wanted()));
  button.hidden = !("AudioContext" in window);
  button.addEventListener("click", () => {
    localStorage.setItem("sound", wanted() ? "off" : "on");
    pressed();
    awake();
    if (wanted()) audio.resume().then(beep);
  });
  // Browsers let no page sound before somebody has touched it.
  for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, awake, { passive: true });
  window.addEventListener("storage", pressed);
  pressed();

  // A page brought back by the browser is old, and its form was sent.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
})();
