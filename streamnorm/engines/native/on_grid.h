/* Forward and backward of whatever has positions. */

static APART void pass_on_from_grid(const sn_layer *layer, const trace *t)
{
    if (t->padded != t->h) pad(&layer->grid, t->h, t->margin);
    if (layer->kind == SN_CONVOLUTION) {
        convolve(layer, t);
        activate(layer, outputs_of(layer), t->z, t->a);
    } else if (layer->kind == SN_MAX_POOL) {
        take_largest(layer, t);
    } else {
        take_mean(layer, t);
    }
}

/* Errors from dL/da; returns the squared norm of the layer's gradient. */
static APART real take_errors_on_grid(const sn_layer *layer, const trace *t, const parts *p)
{
    const size_t outputs = outputs_of(layer);
    if (layer->kind != SN_CONVOLUTION) {
        memcpy(t->e, p->dh, outputs * sizeof(real));
        return 0;
    }
    deactivate(layer, outputs, t->z, p->dh, t->e);
    sum_errors(layer, t);
    sum_patches(layer, t, p->spare);
    *t->n_active = gather(layer->fan_out, t->awake, t->active);
    return filter_gradients(layer, t);
}

/* dL/da of the layer in front, as dh. */
static APART void hand_down_on_grid(const sn_layer *layer, const trace *t, const parts *p)
{
    if (layer->kind == SN_CONVOLUTION)
        convolve_back(layer, t, p);
    else
        unpool(layer, t, p);
}
