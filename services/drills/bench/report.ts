/** What a bench found, as figures with their goals: for people and for programs. Pure. */
import { aligned } from '../report.ts';

export interface Figure {
  /** `cached page, part of static` */
  what: string;
  value: number;
  /** `req/s`, `ms`, `MiB`; nothing for a ratio. */
  unit?: string;
  /** The least and the most of what `value` is the middle of. */
  spread?: readonly [number, number];
  /** What was promised; a figure without one is there to understand the others. */
  goal?: { atLeast: number } | { atMost: number };
}

/** One thing that was measured, with what has to be known to read its figures. */
export interface Section {
  title: string;
  /** Sizes and counts: `20 pages of 18.2 KiB, 16 connections`. */
  about: string;
  figures: Figure[];
}

/** Undefined: nothing was promised. What could not be measured (NaN) is not kept. */
export function isKept({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

export const missesOf = (sections: readonly Section[]): Figure[] =>
  sections.flatMap(({ figures }) => figures.filter((figure) => isKept(figure) === false));

export function benchTable(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ title, about, figures }) => [
    [title, '', '', '', about],
    ...figures.map((figure) => [
      `  ${figure.what}`,
      amount(figure.value, figure.unit),
      figure.spread ? `${plain(figure.spread[0])}–${plain(figure.spread[1])}` : '',
      goalWords(figure),
      { true: 'kept', false: 'MISSED', undefined: '' }[`${isKept(figure)}`] ?? '',
    ]),
  ]);
  const goals = sections.flatMap(({ figures }) => figures.filter(({ goal }) => goal !== undefined));
  const misses = missesOf(sections).length;
  const verdict = `${goals.length - misses} of ${goals.length} goals kept.`;
  return [...aligned([['', 'measured', 'spread', 'goal', ''], ...rows]), '', verdict].join('\n');
}

export function benchJson(sections: readonly Section[]) {
  return {
    kept: missesOf(sections).length === 0,
    sections: sections.map((section) => ({
      ...section,
      figures: section.figures.map((figure) => ({ ...figure, kept: isKept(figure) ?? null })),
    })),
  };
}

function goalWords({ goal, unit }: Figure): string {
  if (goal === undefined) return '';
  return 'atLeast' in goal ? `≥ ${amount(goal.atLeast, unit)}` : `≤ ${amount(goal.atMost, unit)}`;
}

const amount = (value: number, unit?: string): string => `${plain(value)}${unit ? ` ${unit}` : ''}`;

/** Three digits that count are as many as such a measurement bears. */
function plain(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
