package plot

// The names of series in a [train.LayerRecord] that [Run] knows. They are those of package nodes, of which
// this package does not depend. Series of other names are drawn as they are.
const (
	membraneSeries  = "membrane"  // the membrane potential
	thresholdSeries = "threshold" // what it is compared with, in the same unit
	spikeSeries     = "spikes"    // 1, or −1, where a unit spiked in the step; 0 where it did not
)

// seriesOrder are series whose panels come before those of others.
var seriesOrder = []string{"adaptation", "recovery", "synaptic"}
