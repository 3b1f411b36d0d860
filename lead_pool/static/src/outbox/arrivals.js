import { useBus, useService } from "@web/core/utils/hooks";

/**
 * What was written without a network has arrived meanwhile: the screen that shows it is no longer true.
 *
 * @param {(arrived: { letter: Object, answer: any }) => void} work
 */
export function useArrivals(work) {
    useBus(useService("lead_pool_outbox").bus, "ARRIVED", ({ detail }) => work(detail));
}
