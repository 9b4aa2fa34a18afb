// A sparkline as the paths of an inline SVG: 100 by 20, broken where nothing was measured. No DOM in here.

const WIDTH = 100;
const HEIGHT = 20;
const TOP = 2;

// values: oldest first, null for none. most: the top of the scale, which a column of sparklines shares.
export function sparkPaths(values, most) {
  const runs = runsOf(values);
  const x = (k) => round((k * WIDTH) / Math.max(1, values.length - 1));
  const y = (value) => round(HEIGHT - (most ? (value / most) * (HEIGHT - TOP) : 0));
  const line = ({ from, values: run }) => run.map((value, k) => `${k ? "L" : "M"}${x(from + k)} ${y(value)}`).join("");
  const area = (run) => `${line(run)}L${x(run.from + run.values.length - 1)} ${HEIGHT}L${x(run.from)} ${HEIGHT}Z`;
  return { line: runs.map(line).join(""), area: runs.map(area).join("") };
}

function runsOf(values) {
  const runs = [];
  values.forEach((value, k) => {
    if (value === null) return;
    if (k && values[k - 1] !== null) runs.at(-1).values.push(value);
    else runs.push({ from: k, values: [value] });
  });
  return runs;
}

const round = (number) => Math.round(number * 10) / 10;
