// From a chart's data to what ECharts draws: one function a form. `look` is what `charts.js` knows of the place:
// width, height, colours, font, the page's language and the texts of the buttons.

import { inTwoLines, widthOf, writer } from "./chart-words.js";

const GAP = 8;
const TEXT_PX = 12;
// A heat map writes its figures into cells of this width.
const CELL_WITH_TEXT_PX = 44;
// Multiples are coloured by their logarithm, from a quarter to four times.
const MULTIPLES = 2;

const FORMS = { bars, dots, columns, lines, points, boxes, heat };

export function optionsFor(drawing, look) {
  const many = drawing.marks.length > 500;
  return {
    animation: !look.isStill && !many,
    animationDuration: 300,
    textStyle: { fontFamily: look.family, color: look.soft, fontSize: TEXT_PX },
    legend: { show: false },
    tooltip: {
      className: "tip", confine: true, backgroundColor: look.card, borderColor: look.line,
      textStyle: { color: look.ink, fontFamily: look.family }, transitionDuration: look.isStill ? 0 : 0.15,
      formatter: (found) => tip(drawing, [found].flat().find((one) => one.data?.mark)?.data.mark),
    },
    ...FORMS[drawing.form](drawing, look),
  };
}

// The names that the legend can switch: of several measures, or of groups; of a band its bounds, and its middle.
export function legendOf(drawing) {
  if (drawing.groups.length) return drawing.groups;
  if (drawing.is_band) return [drawing.values[1].title, boundsOf(drawing)];
  const isDrawnApart = drawing.form === "dots" || drawing.form === "lines";
  return isDrawnApart && drawing.values.length > 1 ? drawing.values.map((value) => value.title) : [];
}

const boundsOf = ({ values }) => `${values[0].title} – ${values[2].title}`;

function tip(drawing, mark) {
  if (!mark) return "";
  const node = Object.assign(document.createElement("div"), { className: "tip-text" });
  const name = document.createElement("strong");
  name.textContent = [mark.label, mark.detail && `(${mark.detail})`].filter(Boolean).join(" ");
  if (mark.group !== null && drawing.form === "lines") name.textContent += ` · ${drawing.groups[mark.group]}`;
  if (mark.y !== null && drawing.down) name.textContent += ` · ${drawing.down.names[mark.y]}`;
  node.append(name);
  drawing.values.forEach((value, place) => {
    const row = document.createElement("div");
    row.className = "row";
    for (const text of [value.title, mark.written[place]]) {
      row.append(Object.assign(document.createElement("span"), { textContent: text }));
    }
    node.append(row);
  });
  return node;
}

// So many steps as their labels leave room for.
function steps(drawing, look, room) {
  const write = writer(look.code, drawing.values[0].kind);
  const label = widthOf(write(Math.max(...drawing.marks.flatMap((mark) => mark.values).map(Number))), look.font);
  return { splitNumber: Math.max(1, Math.min(5, Math.floor(room / (label + 28)))) };
}

const lineStyle = (look) => ({ lineStyle: { color: look.line } });
const colour = (look, place) => look.marks[place % look.marks.length];

function scale(axis, look, more = {}) {
  return {
    type: "value", name: axis.title, nameLocation: "middle", nameTextStyle: { color: look.soft },
    axisLabel: { formatter: writer(look.code, axis.kind), color: look.soft, hideOverlap: true, alignMaxLabel: "right" },
    axisLine: { show: false }, axisTick: { show: false }, splitLine: lineStyle(look),
    splitNumber: look.width < 480 ? 3 : 5, ...more,
  };
}

// An axis that stands upright bears its name above it, where it is read without turning the head.
const upright = (axis, look, more = {}) => {
  const found = scale(axis, look, { nameLocation: "end", nameGap: 12, nameTextStyle: { color: look.soft, align: "left" }, ...more });
  return { ...found, axisLabel: { ...found.axisLabel, alignMaxLabel: null } };
};

function longest(texts, look) {
  return Math.max(...texts.flatMap((text) => text.split("\n")).map((text) => widthOf(text, look.font)), 20);
}

// Whether the names that go down need a title: names tell what they are, numbers and levels do not.
const isTitled = (drawing) => Boolean(drawing.down) || drawing.label.kind === "votes";

// Names down the left side, in the order of the marks.
function names(drawing, look) {
  const room = Math.min(look.width * 0.4, 220);
  const texts = (drawing.down?.names ?? drawing.marks.map((mark) => mark.label))
    .map((text) => inTwoLines(text, room, look.font));
  const axis = {
    type: "category", inverse: true, data: texts.map((value) => ({ value })), axisLine: lineStyle(look),
    axisTick: { show: false }, axisLabel: { color: look.ink, interval: 0, lineHeight: 13 },
  };
  const title = isTitled(drawing) ? [(drawing.down ?? drawing.label).title] : [];
  return { axis, width: longest([...texts, ...title], look) + 2 * GAP };
}

// The name of an axis that goes down, above its first name.
const above = (axis, look) => ({
  name: axis.title, nameLocation: "start", nameGap: 10, nameTextStyle: { color: look.soft, align: "right", padding: [0, GAP, 0, 0] },
});

const frame = (more) => ({ top: GAP, right: 24, bottom: 50, left: 60, outerBoundsMode: "none", ...more });

// Bars begin at 0, or at the middle that they are measured against.
function bars(drawing, look) {
  const { axis, width } = names(drawing, look);
  const foot = drawing.middle ?? 0;
  const isBelow = drawing.marks.some((mark) => mark.values[0] < foot);
  const room = longest(drawing.marks.map((mark) => mark.written[0]), look) + 2 * GAP;
  const write = writer(look.code, drawing.values[0].kind);
  const across = scale(drawing.values[0], look, {
    ...steps(drawing, look, look.width - width - room), nameGap: 30,
    boundaryGap: isBelow ? ["20%", "12%"] : undefined,
  });
  return {
    grid: frame({ left: width, right: room }),
    xAxis: { ...across, axisLabel: { ...across.axisLabel, formatter: (value) => write(value + foot) } },
    yAxis: axis,
    series: [{
      type: "bar", barMaxWidth: 18, itemStyle: { borderRadius: 3 },
      data: drawing.marks.map((mark) => ({
        value: mark.values[0] - foot, mark,
        itemStyle: { color: colour(look, drawing.middle !== null && mark.values[0] < foot ? 1 : 0) },
        label: { show: true, position: mark.values[0] < foot ? "left" : "right", color: look.ink, formatter: mark.written[0] },
      })),
    }],
  };
}

function dots(drawing, look) {
  const { axis, width } = names(drawing, look);
  const isNumbered = isTitled(drawing);
  const title = drawing.values.length > 1 ? { title: "" } : {};
  const kind = drawing.is_log ? { type: "log" } : { scale: true, ...unit(drawing) };
  const span = (mark) => mark.values.filter((value) => value !== null);
  return {
    grid: frame({ top: isNumbered ? 28 : GAP, left: width, right: 46, bottom: title.title === "" ? 30 : 50 }),
    xAxis: scale({ ...drawing.values[0], ...title }, look, { ...steps(drawing, look, look.width - width - 46), nameGap: 30, ...kind }),
    yAxis: { ...axis, ...(isNumbered ? above(drawing.label, look) : {}), splitLine: { show: true, ...lineStyle(look) } },
    series: [
      {
        type: "custom", silent: true, tooltip: { show: false }, z: 1,
        data: drawing.marks.map((mark, place) => [Math.min(...span(mark)), Math.max(...span(mark)), place]),
        renderItem: (_, api) => {
          const [from, to] = [api.coord([api.value(0), api.value(2)]), api.coord([api.value(1), api.value(2)])];
          const shape = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
          return { type: "line", shape, style: { stroke: look.soft, lineWidth: 2, opacity: 0.4 } };
        },
      },
      ...drawing.values.map((value, place) => ({
        type: "scatter", name: value.title, symbolSize: 11, z: 3, itemStyle: { color: colour(look, place), opacity: 1 },
        data: drawing.marks.map((mark, row) => ({ value: [mark.values[place], row], mark })),
      })),
    ],
  };
}

// What goes from -1 to 1, and comes near both, has an axis that ends there.
function unit(drawing) {
  const values = drawing.marks.flatMap((mark) => mark.values).filter((value) => value !== null);
  return Math.min(...values) < -0.8 && values.every((value) => Math.abs(value) <= 1) ? { min: -1, max: 1 } : {};
}

function columns(drawing, look) {
  const each = (look.width - 80) / drawing.marks.length;
  const texts = drawing.marks.map((mark) => mark.label);
  const isTurned = longest(texts, look) > each - 6;
  return {
    grid: frame({ top: 34, left: leftOf(drawing, look), bottom: isTurned ? longest(texts, look) + 2 * GAP : 30 }),
    xAxis: {
      type: "category", data: texts, axisLine: lineStyle(look), axisTick: { show: false },
      axisLabel: { color: look.ink, interval: 0, rotate: isTurned ? 90 : 0 },
    },
    yAxis: upright(drawing.values[0], look),
    series: [{
      type: "bar", barMaxWidth: 44, itemStyle: { color: colour(look, 0), borderRadius: [3, 3, 0, 0] },
      data: drawing.marks.map((mark) => ({ value: mark.values[0], mark })),
    }],
  };
}

// The room of an upright axis: of the widest label that its steps may have.
function leftOf(drawing, look, isLog = false, place = 0) {
  const write = writer(look.code, drawing.values[place].kind);
  const values = drawing.marks.flatMap((mark) => (isLog ? mark.values[place] : mark.values)).map(Number);
  const sign = Math.min(...values) < 0 ? -1 : 1;
  const largest = Math.max(...values.map(Math.abs), 1e-9);
  const power = 10 ** Math.floor(Math.log10(largest));
  const top = isLog ? 10 * power : (Math.ceil((2 * largest) / power) * power) / 2;
  const parts = isLog ? [1, 10, 100, 1e3, 1e4, 1e5] : [1, 4 / 3, 2, 4, 5];
  return longest(parts.map((part) => write((sign * top) / part)), look) + 2 * GAP;
}

// A line for each measure, or for each group of the marks.
function linesOf(drawing) {
  if (drawing.is_band) return [{ name: drawing.values[1].title, place: 1, marks: drawing.marks }];
  if (!drawing.groups.length) return drawing.values.map(({ title }, place) => ({ name: title, place, marks: drawing.marks }));
  return drawing.groups.map((name, group) => ({ name, place: 0, marks: drawing.marks.filter((mark) => mark.group === group) }));
}

// A share that comes near all of it has an axis that ends there.
function isWholeShare(drawing) {
  const largest = Math.max(...drawing.marks.flatMap((mark) => mark.values).map(Number));
  return drawing.values[0].kind.startsWith("share") && largest > 0.8 && largest <= 1;
}

function lines(drawing, look) {
  const isTime = drawing.label.kind === "year" || drawing.label.kind === "year_month";
  const places = drawing.marks.map((mark) => mark.at);
  const [first, last] = [Math.min(...places), Math.max(...places)];
  // A year or month without figures breaks the line.
  const along = isTime ? Array.from({ length: last - first + 1 }, (_, step) => first + step) : places;
  const one = drawing.values.length === 1;
  const data = ({ marks, place }) => {
    const at = new Map(marks.map((mark) => [mark.at, mark]));
    return along.map((x) => ({ value: [x, at.get(x)?.values[place] ?? null], mark: at.get(x) }));
  };
  const across = isTime ? { splitLine: { show: false } } : { name: drawing.label.title, nameLocation: "middle", nameGap: 30, splitLine: lineStyle(look) };
  return {
    grid: frame({ top: one ? 34 : 14, left: leftOf(drawing, look), bottom: isTime ? 30 : 50 }),
    tooltip: { ...optionsForTips(drawing, look), trigger: "axis", axisPointer: { lineStyle: { color: look.soft } } },
    xAxis: {
      type: "value", min: first, max: last, minInterval: isTime ? 1 : undefined, axisLine: lineStyle(look),
      nameTextStyle: { color: look.soft }, axisTick: lineStyle(look), ...across,
      axisLabel: { color: look.soft, formatter: writer(look.code, drawing.label.kind), hideOverlap: true, alignMaxLabel: "right" },
      splitNumber: look.width < 480 ? 4 : 8,
    },
    yAxis: upright({ ...drawing.values[0], title: one ? drawing.values[0].title : "" }, look, {
      scale: drawing.is_band || (drawing.values[0].kind === "whole" && !drawing.groups.length),
      max: isWholeShare(drawing) ? 1 : undefined,
    }),
    series: [
      ...linesOf(drawing).map((line, place) => ({
        type: "line", name: line.name, symbol: "circle", symbolSize: isTime ? 5 : 2, connectNulls: false, z: 3,
        itemStyle: { color: colour(look, place) }, lineStyle: { color: colour(look, place), width: 2 }, data: data(line),
      })),
      ...(drawing.is_band ? [band(drawing, look, along)] : []),
    ],
  };
}

// What lies between the first and the last of three lines; it breaks where either is unknown.
function band(drawing, look, along) {
  const at = new Map(drawing.marks.map((mark) => [mark.at, mark.values]));
  const runs = [[]];
  for (const x of along) {
    const [low, , high] = at.get(x) ?? [null, null, null];
    if (low === null || high === null) runs.push([]);
    else runs.at(-1).push([x, low, high]);
  }
  const points = runs.flat();
  return {
    type: "custom", name: boundsOf(drawing), silent: true, tooltip: { show: false }, z: 1, clip: true,
    itemStyle: { color: colour(look, 1) }, encode: { x: 0, y: [1, 2] }, data: points,
    renderItem: ({ dataIndex }, api) => {
      const run = runs.find(([first]) => first === points[dataIndex]);
      if (!run) return null;
      const edge = (side) => run.map((point) => api.coord([point[0], point[side]]));
      const style = { fill: colour(look, 1), opacity: 0.25 };
      return { type: "polygon", shape: { points: [...edge(1), ...edge(2).reverse()] }, style };
    },
  };
}

function optionsForTips(drawing, look) {
  return optionsFor({ ...drawing, form: "boxes" }, look).tooltip;
}

function points(drawing, look) {
  const [x, y] = [0, 1].map((place) => drawing.values[place]);
  const type = drawing.is_log ? "log" : "value";
  const xs = drawing.marks.map((mark) => mark.values[0]);
  const ys = drawing.marks.map((mark) => mark.values[1]);
  const [from, to] = [Math.min(...xs), Math.max(...xs)];
  // On a telephone the buttons stand above the name of the axis.
  const grid = frame({ top: look.width < 420 ? 66 : 40, left: leftOf(drawing, look, drawing.is_log, 1), right: 44 });
  return {
    grid,
    toolbox: toolbox(look),
    xAxis: scale(x, look, { type, nameGap: 30, ...reach(xs, drawing.is_log) }),
    // Not where the other axis is at 0: that may be amid the points.
    yAxis: upright(y, look, { type, ...reach(ys, drawing.is_log), axisLine: { show: false, onZero: false } }),
    series: [
      ...(drawing.groups.length ? drawing.groups : [""]).map((name, group) => ({
        type: "scatter", name, symbolSize: look.width < 480 ? 5 : 6, itemStyle: { color: colour(look, group), opacity: 0.55 },
        data: drawing.marks.filter((mark) => (mark.group ?? 0) === group).map((mark) => ({ value: mark.values, mark })),
      })),
      ...drawing.lines.map(({ factor, text }) => {
        const end = Math.min(to, Math.max(...ys) / factor);
        const label = { show: true, position: "right", formatter: text, color: look.ink, fontWeight: "bold" };
        return {
          type: "line", silent: true, symbol: "circle", symbolSize: 0.1, z: 4, animation: false,
          lineStyle: { color: look.ink, width: 1.25, type: factor === 1 ? "dashed" : "solid" },
          data: [[from, from * factor], { value: [end, end * factor], label }],
        };
      }),
    ],
  };
}

// A logarithmic axis goes over whole powers of ten, each with its line.
function reach(values, isLog) {
  if (!isLog) return { scale: true };
  const [from, to] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  return { min: 10 ** from, max: 10 ** to, splitNumber: to - from };
}

function toolbox(look) {
  const hovered = { borderColor: look.accent, textFill: look.ink, textPosition: "left" };
  const style = { iconStyle: { borderColor: look.soft }, emphasis: { iconStyle: hovered } };
  const titles = { zoom: look.texts.zoom, back: look.texts.unzoom };
  return {
    right: 8, top: 0, itemSize: 17, itemGap: 12, ...style,
    feature: {
      dataZoom: { filterMode: "none", title: titles, brushStyle: { color: look.line } },
      restore: { title: look.texts.restore },
    },
  };
}

function boxes(drawing, look) {
  const { axis, width } = names(drawing, look);
  return {
    grid: frame({ left: width, right: 32 }),
    // Nothing loses more than all: the axis does not go on below.
    xAxis: scale({ ...drawing.values[2], title: drawing.measure }, look, {
      ...steps(drawing, look, look.width - width - 32), nameGap: 30,
      min: (found) => (found.min < 0 && found.min >= -1 ? -1 : null),
    }),
    yAxis: axis,
    series: [{
      type: "boxplot", boxWidth: [6, 16], itemStyle: { color: look.heatLow, borderColor: colour(look, 0), borderWidth: 1.5 },
      data: drawing.marks.map((mark) => ({ value: mark.values.map((value) => value ?? "-"), mark })),
    }],
  };
}

function heat(drawing, look) {
  const { axis, width } = names(drawing, look);
  const cell = (look.width - width - 24) / drawing.label.names.length;
  const isTurned = longest(drawing.label.names, look) > cell - 4;
  const across = isTurned ? Math.min(longest(drawing.label.names, look), 150) : 16;
  const { shade, ends, colours } = shades(drawing, look);
  return {
    grid: frame({ top: 28, left: width, right: 16, bottom: across + 2 * GAP + 64 }),
    xAxis: {
      type: "category", data: drawing.label.names, axisLine: lineStyle(look), axisTick: { show: false },
      name: drawing.label.title, nameLocation: "middle", nameGap: across + 12, nameTextStyle: { color: look.soft },
      axisLabel: { color: look.ink, interval: 0, rotate: isTurned ? 90 : 0 },
    },
    yAxis: { ...axis, ...above(drawing.down, look) },
    visualMap: {
      type: "continuous", min: ends[0].value, max: ends[1].value, dimension: 2, calculable: false, orient: "horizontal",
      left: "center", bottom: 0, itemWidth: 12, itemHeight: Math.min(180, look.width / 2), inRange: { color: colours },
      text: [ends[1].text, ends[0].text], textStyle: { color: look.soft },
    },
    series: [{
      type: "heatmap", itemStyle: { borderColor: look.card, borderWidth: 1 },
      emphasis: { itemStyle: { borderColor: look.ink, borderWidth: 2 } },
      data: drawing.marks.map((mark) => {
        const value = shade(mark.values[0]);
        const label = { show: cell >= CELL_WITH_TEXT_PX, formatter: mark.written[0], color: textOn(value, ends, colours) };
        return { value: [mark.x, mark.y, value], mark, label };
      }),
    }],
  };
}

// How a heat map's values become colours, and what stands at both ends of its scale.
function shades(drawing, look) {
  const write = writer(look.code, drawing.values[0].kind);
  const values = drawing.marks.map((mark) => mark.values[0]);
  const end = (value, text = write(value)) => ({ value, text });
  const turning = [look.heatCold, look.heatMiddle, look.heatHigh];
  if (drawing.middle === null) {
    return { shade: Number, ends: [end(0), end(Math.max(...values))], colours: [look.heatLow, look.heatHigh] };
  }
  if (drawing.values[0].kind === "times") {
    const shade = (value) => Math.max(-MULTIPLES, Math.min(MULTIPLES, Math.log2(Math.max(value, 1e-9) / drawing.middle)));
    const ends = [-MULTIPLES, MULTIPLES].map((power) => end(power, write(2 ** power * drawing.middle)));
    return { shade, ends, colours: turning };
  }
  const reach = Math.max(...values.map((value) => Math.abs(value - drawing.middle)));
  return { shade: Number, ends: [end(drawing.middle - reach), end(drawing.middle + reach)], colours: turning };
}

// Black or white, whichever is read better on this colour of the scale: one of them has a contrast of 4.58 or more.
function textOn(value, ends, colours) {
  const share = (value - ends[0].value) / (ends[1].value - ends[0].value || 1);
  const parts = echarts.color.lerp(share, colours).match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
  const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}
