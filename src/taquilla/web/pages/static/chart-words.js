// Numbers on axes, as the page's language writes them; the marks bring theirs in words.

const DECIMALS = { whole: 0, one: 1, two: 2 };
const MONEY = {
  en: [[1e9, "$", "B"], [1e6, "$", "M"], [1e3, "$", "K"], [1, "$", ""]],
  es: [[1e6, "", "\u00a0M\u00a0US$"], [1e3, "", "\u00a0mil\u00a0US$"], [1, "", "\u00a0US$"]],
};

// What writes a value of this kind: `(value) => text`.
export function writer(code, kind) {
  const number = (value, decimals = 2) =>
    new Intl.NumberFormat(code, { maximumFractionDigits: decimals, useGrouping: "always" }).format(value);
  const percent = (value) => number(value * 100, 1) + (code === "es" ? "\u00a0%" : "%");
  const money = (value) => {
    const [size, before, after] = MONEY[code].find(([size]) => Math.abs(value) >= size) ?? MONEY[code].at(-1);
    const whole = Math.abs(value / size);
    return before + number(value / size, whole < 10 ? 2 : whole < 100 ? 1 : 0) + after;
  };
  if (kind === "money") return money;
  if (kind === "share" || kind === "share_one") return percent;
  if (kind === "times") return (value) => `${number(value)}×`;
  if (kind === "year_month") {
    const month = new Intl.DateTimeFormat(code, { month: "short", year: "numeric", timeZone: "UTC" });
    // English and Spanish both take the first three letters.
    const short = (parts) => `${parts.find(({ type }) => type === "month").value.slice(0, 3)} ${parts.find(({ type }) => type === "year").value}`;
    return (value) => short(month.formatToParts(Date.UTC(Math.floor(value / 12), Math.round(value) % 12)));
  }
  if (kind === "year") return (value) => String(Math.round(value));
  return (value) => number(value, DECIMALS[kind] ?? 2);
}

const pen = document.createElement("canvas").getContext("2d");

// The width of a text in pixels.
export function widthOf(text, font) {
  pen.font = font;
  return pen.measureText(text).width;
}

// A name in at most two lines of this width; what is longer still ends in an ellipsis, and stands whole in its tip.
export function inTwoLines(text, width, font) {
  const fits = (part) => widthOf(part, font) <= width;
  if (fits(text)) return text;
  const words = text.split(" ");
  let first = words.shift();
  while (words.length && fits(`${first} ${words[0]}`)) first += ` ${words.shift()}`;
  return words.length ? `${shortened(first, fits)}\n${shortened(words.join(" "), fits)}` : shortened(first, fits);
}

function shortened(text, fits) {
  if (fits(text)) return text;
  let kept = text;
  while (kept && !fits(`${kept}…`)) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}
