/** The prices of the simulated API. */

interface Price {
  net: string;
  gross: string;
}

export interface Pricing {
  currency: string;
  vat_rate: string;
  image: { price_per_gb_month: Price };
  volume: { price_per_gb_month: Price };
  server_backup: { percentage: string };
  floating_ip: { price_monthly: Price };
  floating_ips: object[];
  primary_ips: object[];
  server_types: object[];
  load_balancer_types: object[];
}

const VAT_RATE = "19.00";

/** Returns a price as decimal strings: net and gross can have different numbers of decimals. */
function createPrice(net: string): Price {
  return { net, gross: (Number(net) * (1 + Number(VAT_RATE) / 100)).toFixed(6) };
}

/** Returns all prices. The price of images is the one published since April 2026; the others only complete the response. */
export function createPricing(): Pricing {
  const hourly = createPrice("0.0060");
  const monthly = createPrice("3.7900");
  const location = { location: "fsn1", price_hourly: hourly, price_monthly: monthly };
  const traffic = { included_traffic: 21_990_232_555_520, price_per_tb_traffic: createPrice("1.0000") };
  return {
    currency: "EUR",
    vat_rate: VAT_RATE,
    image: { price_per_gb_month: createPrice("0.0143") },
    volume: { price_per_gb_month: createPrice("0.0440") },
    server_backup: { percentage: "20.00" },
    floating_ip: { price_monthly: createPrice("3.0000") },
    floating_ips: [{ type: "ipv4", prices: [{ location: "fsn1", price_monthly: createPrice("3.0000") }] }],
    primary_ips: [{ type: "ipv4", prices: [{ ...location, price_monthly: createPrice("0.5000") }] }],
    server_types: [{ id: 104, name: "cpx22", prices: [{ ...location, ...traffic }] }],
    load_balancer_types: [{ id: 1, name: "lb11", prices: [{ ...location, ...traffic }] }],
  };
}
