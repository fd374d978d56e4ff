/* Every sample stands here twice, so that the last MODEL_STEPS of them are always in one piece. */
static float ring[2 * MODEL_STEPS][MODEL_CHANNELS];
static float held[MODEL_CHANNELS];  /* the last value of each channel, NAN before its first */
static int away[MODEL_CHANNELS];    /* for how many samples it has had none of its own */
static int oldest, to_go;           /* the oldest sample, and how many are missing for a window; 0 at the start */

static void start(void)
{
    to_go = MODEL_STEPS;
    for (int c = 0; c < MODEL_CHANNELS; c++) {
        held[c] = NAN;
        away[c] = 0;
    }
}

int model_push(const float *sample)
{
    if (!to_go) start();
    for (int c = 0; c < MODEL_CHANNELS; c++) {
        const int own = isfinite(sample[c]);
        if (own) held[c] = bounded(sample[c]);
        away[c] = own ? 0 : away[c] < MODEL_STEPS ? away[c] + 1 : MODEL_STEPS;
        ring[oldest][c] = ring[oldest + MODEL_STEPS][c] = held[c];
    }
    oldest = (oldest + 1) % MODEL_STEPS;
    if (--to_go) return 0;
    to_go = EVERY;
    /* What the oldest sample has a value of all have. */
    for (int c = 0; c < MODEL_CHANNELS; c++)
        if (isnan(ring[oldest][c]) || away[c] == MODEL_STEPS) return 0;
    return 1;
}

const float *model_window(void) { return ring[oldest]; }

void model_restart(void) { to_go = 0; }
