import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Shows a whole HTML document in a frame that may run nothing, fetch nothing and reach nothing of the page around it.
 */
export class PreviewFrame extends Component {
    static template = "g2p_payment_files.PreviewFrame";
    static props = {...standardFieldProps};

    get content() {
        return this.props.record.data[this.props.name] || "";
    }
}

registry.category("fields").add("g2p_preview_frame", {
    component: PreviewFrame,
    supportedTypes: ["text"],
});
