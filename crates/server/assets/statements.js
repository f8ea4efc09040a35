// Verdicts on statements: approve, reject, and take it back.

import { call, say } from "./app.js";

const words = document.body.dataset;
const table = document.getElementById("statements");
const path = `/videos/${encodeURIComponent(table?.dataset.video)}/statements`;

async function judge(button) {
  const row = button.closest("tr");
  const { kind, value } = row.dataset;
  const isTakenBack = button.getAttribute("aria-pressed") === "true";
  const verdict = isTakenBack ? null : button.dataset.verdict;
  button.disabled = true;
  try {
    await call("POST", path, { kind, value, verdict });
    for (const other of row.querySelectorAll("[data-verdict]")) {
      other.setAttribute("aria-pressed", String(other.dataset.verdict === verdict));
    }
    row.classList.toggle("rejected", verdict === "rejected");
    say(words.saved);
  } catch (error) {
    say(`${words.failed} ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

table?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-verdict]");
  if (button) judge(button);
});
