// The sliders of the interest map.

import { call, say } from "./app.js";

const list = document.getElementById("interests");
const words = document.body.dataset;
const path = `/users/${encodeURIComponent(words.viewer)}/interests`;

function level(boost, row) {
  const { muted, less, more, most } = list.dataset;
  if (boost <= 0) return muted;
  if (boost < 1) return less;
  if (boost === 1) return row.dataset.unchanged;
  return boost <= 2 ? more : most;
}

/** Shows the shares that a change led to. */
function show(map) {
  for (const { key, weight } of map.interests) {
    const row = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!row) continue;
    const percent = Math.round(weight * 100);
    row.querySelector(".bar rect").setAttribute("width", percent);
    row.querySelector(".percent output").textContent = `${percent}%`;
  }
}

async function change(method, key, body) {
  try {
    show(await call(method, `${path}/${encodeURIComponent(key)}`, body));
    say(words.saved);
    return true;
  } catch (error) {
    say(`${words.failed} ${error.message}`);
    return false;
  }
}

list?.addEventListener("input", (event) => {
  const slider = event.target;
  const text = level(Number(slider.value), slider.closest("[data-key]"));
  slider.setAttribute("aria-valuetext", text);
  slider.nextElementSibling.textContent = text;
});

list?.addEventListener("change", (event) => {
  const { key } = event.target.closest("[data-key]").dataset;
  change("PATCH", key, { boost: Number(event.target.value) });
});

list?.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-remove]")) return;
  const row = event.target.closest("[data-key]");
  if (await change("DELETE", row.dataset.key)) {
    document.getElementById("say").focus();
    row.remove();
  }
});
