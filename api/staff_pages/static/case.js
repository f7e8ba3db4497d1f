// The case page: it follows its own case on the feed, says that it is looked at, and leaves alone what is being typed.
(() => {
  "use strict";
  const MINUTE = 60000;
  const LEFT_ALONE = "hx-morph-skip";
  const { case: mine, beat } = document.getElementById("case").dataset;
  const tell = (name) => document.dispatchEvent(new CustomEvent(name));
  const refresh = () => tell("case:changed");
  const look = () => tell("case:look");

  // An event of its own, since a filter in hx-trigger would need eval, which the CSP forbids.
  document.addEventListener("feed:case", ({ detail }) => {
    if (!detail.case || detail.case === mine) refresh();
  });
  setInterval(() => document.hidden || look(), beat * 1000);
  setInterval(() => document.hidden || refresh(), MINUTE);  // the customer's clock goes on
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    look();
    refresh();
  });

  document.addEventListener("input", (event) => event.target.closest("details.do")?.setAttribute(LEFT_ALONE, ""));
  htmx.config.morphIgnore.push("open");  // what somebody has unfolded stays so
})();
