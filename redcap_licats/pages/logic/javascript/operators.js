// Operators with two operands.

const compute = (apply) => (one, other, s) => {
  const [first, second] = [number(one, s.missing), number(other, s.missing)];
  return first === null || second === null ? "" : finite(apply(first, second));
};

function negative(value, s) {
  const known = number(value, s.missing);
  return known === null ? "" : -known;
}

// As numbers where both are, else as texts.
function equal(one, other) {
  const [first, second] = [number(one), number(other)];
  return first !== null && second !== null ? first === second : text(one) === text(other);
}

// A number has no order with a text, a blank with nothing.
const ordered = (holds) => (one, other) => {
  const [first, second] = [number(one), number(other)];
  if (first !== null && second !== null) return holds(first - second);
  const texts = [text(one), text(other)];
  if (texts.includes("") || first !== null || second !== null) return false;
  return holds(order(...texts));
};

const operators = {
  negative,
  equal,
  different: (one, other) => !equal(one, other),
  less: ordered((difference) => difference < 0),
  atMost: ordered((difference) => difference <= 0),
  greater: ordered((difference) => difference > 0),
  atLeast: ordered((difference) => difference >= 0),
  add: compute((one, other) => one + other),
  subtract: compute((one, other) => one - other),
  multiply: compute((one, other) => one * other),
  divide: compute((one, other) => one / other),
  power: compute(power),
};
