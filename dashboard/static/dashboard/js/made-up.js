// Orders made up for trying things out, as manage.py place_orders --count makes them (orderstream/imports/made_up.py).

export const PRODUCTS = ["Red mug", "Oak shelf", "Paper lantern", "Tin robot", "Wool blanket", "Glass bowl", "Lamp"];

// At least `from`, less than `to`.
const whole = (from, to, random) => from + Math.floor(random() * (to - from));
const padded = (number, digits) => String(number).padStart(digits, "0");

export function madeUpOrder(random = Math.random) {
  const product = whole(0, PRODUCTS.length, random);
  const order = {
    customer_id: `C${padded(whole(0, 1000, random), 4)}`,
    product_id: `P-${padded(product + 1, 3)}`,
    quantity: whole(1, 13, random),
    price: (whole(50, 10_000, random) / 100).toFixed(2),
  };
  return random() < 0.3 ? { ...order, note: PRODUCTS[product] } : order;
}
