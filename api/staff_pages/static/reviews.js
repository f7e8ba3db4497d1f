// One question alone: it is looked at again when something happens in its case.
(() => {
  "use strict";
  const review = document.getElementById("review");
  document.addEventListener("feed:case", ({ detail }) => {
    if (!detail.case || detail.case === review.dataset.case) review.dispatchEvent(new CustomEvent("review:changed"));
  });
})();
