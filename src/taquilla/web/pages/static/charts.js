// Draws the charts of a page: fetches the data of each, draws it as SVG, and draws it anew when the place, the scheme or
// the theme changes. Without this script the figures stand in tables.

import { legendOf, optionsFor } from "./chart-options.js";

const COLOURS = {
  ink: "--ink", soft: "--soft", line: "--line", card: "--card", accent: "--red", heatLow: "--heat-low",
  heatHigh: "--heat-high", heatCold: "--heat-cold", heatMiddle: "--heat-middle",
};
const MARKS = ["--mark-1", "--mark-2", "--mark-3", "--mark-4", "--mark-5"];

const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const scheme = matchMedia("(prefers-color-scheme: dark)");

// The value of a custom property as the present scheme has it: the browser resolves it for a colour alone.
function colourOf(property) {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function lookOf(plot, texts) {
  const family = getComputedStyle(document.body).fontFamily;
  return {
    ...Object.fromEntries(Object.entries(COLOURS).map(([name, property]) => [name, colourOf(property)])),
    marks: MARKS.map(colourOf), family, font: `12px ${family}`, texts, isStill: stillness.matches,
    width: plot.clientWidth, height: plot.clientHeight, code: document.documentElement.lang,
  };
}

function addLegend(box, plot, drawing, chart) {
  const names = legendOf(drawing);
  if (!names.length) return;
  const legend = Object.assign(document.createElement("div"), { className: "legend" });
  names.forEach((name, place) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name, className: `mark-${place + 1}` });
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
      chart.dispatchAction({ type: "legendToggleSelect", name });
    });
    legend.append(button);
  });
  box.insertBefore(legend, plot);
}

// The names that are switched off stay off when the chart is drawn anew.
function selectedOf(box) {
  const buttons = [...box.querySelectorAll(".legend button")];
  return Object.fromEntries(buttons.map((button) => [button.textContent, button.getAttribute("aria-pressed") === "true"]));
}

async function draw(box) {
  const plot = box.querySelector(".plot");
  const answer = await fetch(box.dataset.source, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} for ${box.dataset.source}`);
  const drawing = await answer.json();
  const chart = echarts.init(plot, null, { renderer: "svg" });
  addLegend(box, plot, drawing, chart);
  const show = () => {
    const options = optionsFor(drawing, lookOf(plot, box.dataset));
    const data = legendOf(drawing).map((name) => ({ name }));
    chart.setOption({ ...options, legend: { show: false, data, selected: selectedOf(box) } }, true);
  };
  chart.on("click", ({ data }) => {
    if (data?.mark?.href) location.assign(data.mark.href);
  });
  document.addEventListener("themechange", show);
  scheme.addEventListener("change", show);
  new ResizeObserver(() => requestAnimationFrame(() => {
    if (plot.clientWidth === chart.getWidth() && plot.clientHeight === chart.getHeight()) return;
    chart.resize();
    show();
  })).observe(plot);
  chart.resize();
  show();
}

for (const box of document.querySelectorAll(".chart")) {
  draw(box).then(
    () => { box.dataset.state = "drawn"; },
    (error) => {
      console.error(error);
      box.dataset.state = "failed";
      box.querySelector(".plot").textContent = box.dataset.failed;
      box.parentElement.querySelector("details").open = true;
    },
  );
}
