import {onWillUnmount} from "@odoo/owl";
import {FormController} from "@web/views/form/form_controller";
import {ListController} from "@web/views/list/list_controller";
import {formView} from "@web/views/form/form_view";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";

const PERIOD = 4000;

/**
 * Reload a view's data while somebody watches it, so that batches progress without pressing reload.
 * What is being edited or selected is left alone.
 *
 * @param {Object} controller - the list or form controller
 * @param {Function} isBusy - async; tells whether the user is in the middle of something
 */
function useLiveReload(controller, isBusy) {
    let running = false;
    const timer = setInterval(async () => {
        if (running || document.hidden || document.querySelector(".modal")) {
            return;
        }
        running = true;
        try {
            if (!(await isBusy())) {
                await controller.model.root.load();
                controller.model.notify();
            }
        } catch {
            // A lost connection is shown by the web client itself; the next tick tries again.
            running = false;
        } finally {
            running = false;
        }
    }, PERIOD);
    onWillUnmount(() => clearInterval(timer));
}

export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLiveReload(this, () => {
            const list = this.model.root;
            return Boolean(list.editedRecord) || list.selection.length > 0;
        });
    }
}

export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLiveReload(
            this,
            async () => this.model.root.isNew || (await this.model.root.isDirty())
        );
    }
}

registry
    .category("views")
    .add("g2p_live_list", {...listView, Controller: LiveListController});
registry
    .category("views")
    .add("g2p_live_form", {...formView, Controller: LiveFormController});
