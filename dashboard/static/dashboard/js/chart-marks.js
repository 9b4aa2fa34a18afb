// A plugin of Chart.js: hatches times without samples, draws events as dashed lines with their word, marks a moment.
import { colour } from "./colours.js";
import { markWord } from "./marks.js";

const HATCH = 5;
const WORD_MOST = 24;

// chart.told: { gaps, marks, moment } as the board's charts set it.
export const chartMarks = {
  id: "told",

  beforeInit(chart) {
    chart.told = { gaps: [], marks: [], moment: null };
  },

  beforeDatasetsDraw({ ctx, chartArea: area, scales: { x }, told }) {
    ctx.save();
    ctx.strokeStyle = colour("rule-strong");
    for (const [from, to] of told.gaps) hatch(ctx, area, x.getPixelForValue(from), x.getPixelForValue(to));
    ctx.restore();
  },

  afterDatasetsDraw({ ctx, chartArea: area, scales: { x }, told, options }) {
    ctx.save();
    ctx.font = `${options.font.size}px ${options.font.family}`;
    ctx.textBaseline = "top";
    const ends = [];
    for (const mark of told.marks) {
      const px = Math.round(x.getPixelForValue(mark.at)) + 0.5;
      upright(ctx, area, px, colour("ink-faint"), [2, 3]);
      ctx.fillStyle = colour("ink-quiet");
      write(ctx, area, px, clipped(markWord(mark)), options.font.size * 1.25, ends);
    }
    if (told.moment !== null) upright(ctx, area, Math.round(x.getPixelForValue(told.moment)) + 0.5, colour("ink-quiet"), []);
    ctx.restore();
  },
};

function hatch(ctx, { top, bottom, left, right, height }, from, to) {
  const start = Math.max(left, from);
  const end = Math.min(right, to);
  if (end <= start) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(start, top, end - start, height);
  ctx.clip();
  ctx.beginPath();
  for (let d = start - (start % HATCH) - height; d < end; d += HATCH) {
    ctx.moveTo(d, bottom);
    ctx.lineTo(d + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

function upright(ctx, { top, bottom }, px, ink, dash) {
  ctx.strokeStyle = ink;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(px, top - 2);
  ctx.lineTo(px, bottom);
  ctx.stroke();
  ctx.setLineDash([]);
}

// Words stand left of their line where there is room, a line lower where another stands already.
function write(ctx, { top, left }, px, word, height, ends) {
  const width = ctx.measureText(word).width;
  const isLeft = px - width - 6 > left;
  const [from, to] = isLeft ? [px - width - 4, px] : [px, px + width + 4];
  let row = 0;
  while (ends.some((other) => other.row === row && other.from < to && from < other.to)) row += 1;
  ends.push({ row, from, to });
  ctx.textAlign = isLeft ? "right" : "left";
  ctx.fillText(word, isLeft ? px - 4 : px + 4, top + row * height - 2);
}

const clipped = (word) => (word.length > WORD_MOST ? `${word.slice(0, WORD_MOST - 1)}…` : word);
