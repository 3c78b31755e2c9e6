// Loaded by every page. Each part looks for its own marks in the page; a part that few pages need
// is fetched only there. Nothing here is needed to read or send a page.

import { startChosen } from "./chosen.js";
import { startDrafts } from "./drafts.js";
import { startSelection } from "./selection.js";

async function start(root) {
  startDrafts(root);
  startSelection(root);
  startChosen(root);
  if (root.querySelector("form[data-grid]")) {
    const { startGrids } = await import("./grid.js");
    startGrids(root);
  }
}

start(document);
document.addEventListener("htmx:after:swap", () => start(document));
document.querySelector("[data-error-summary]")?.focus();
