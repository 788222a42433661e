export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of a list that has one number for each round, and between what the middle half of them is. */
export function summary(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const quarter = Math.floor((sorted.length - 1) / 4);
  return { median: median(numbers), from: sorted[quarter], to: sorted[sorted.length - 1 - quarter] };
}

/** Each number of the first list with that of the same round in the second. */
export function roundByRound(first, second, combine) {
  return first.map((number, round) => combine(number, second[round]));
}

/** The list, rotated, so that no contestant is always first. */
export function rotate(list, round) {
  return list.map((_, i) => list[(i + round) % list.length]);
}

export function pickRandom(list) {
  return list[Math.floor(Math.random() * list.length)];
}

export function count(number) {
  return Math.round(number).toLocaleString('en');
}
