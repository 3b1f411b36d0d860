import { patch } from "@web/core/utils/patch";
import { TourPointer } from "@web_tour/js/tour_pointer/tour_pointer";
import { tourState } from "@web_tour/js/tour_state";

/** A finger hovers over nothing: on the phone our tours say at the upper edge what they point at. */
patch(TourPointer.prototype, {
    get leadPoolCaption() {
        const ours = tourState.getCurrentTour()?.startsWith("lead_pool_");
        return ours && this.env.isSmall && this.isVisible ? this.content : "";
    },
});
