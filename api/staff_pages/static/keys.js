// The keyboard: a key does what the control that names it in `data-key` does; j and k walk through the rows of a list.
(() => {
  "use strict";
  const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";
  const rows = () => [...document.querySelectorAll("[data-row] a.opens")];

  const walk = (step) => {
    const all = rows();
    const at = all.findIndex((one) => one.closest("[data-row]").contains(document.activeElement));
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  };
  const act = (control) => {
    if (control.matches(TYPED)) control.focus();
    else control.click();
  };
  // Where letters are not Latin ones, a key is what stands in its place there: «о» is j.
  const named = ({ key, code }) => /[ -~]/.test(key) ? key : code.replace(/^Key(.)$/, (_, letter) => letter.toLowerCase());
  const pressed = (event) => {
    const key = named(event);
    if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1);
    const control = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
    if (!control) return;
    event.preventDefault();
    act(control);
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key.length > 1) return;
    if (event.key.length !== 1 || event.target.closest?.(TYPED) || event.target.isContentEditable) return;
    if (document.querySelector("dialog[open]")) return;
    pressed(event);
  });

  for (const opener of document.querySelectorAll("[data-opens]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
  }
})();
