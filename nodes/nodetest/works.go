package nodetest

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/nodes"
)

// works finds a drive at which about every fifth step is a spike, and records what neurons do there.
func (s *suite) works() error {
	const rate = .2
	drives := []float64{1}
	if s.spiking() {
		drives = nil
		for k := -24; k <= 14; k++ {
			drives = append(drives, math.Pow(10, float64(k)/2))
		}
	}
	p, err := layered(s.sized(40, 3, 2, 4, false))
	if err != nil {
		return err
	}
	var failed error
	var found map[string][]float64
	best := math.Inf(1)
	for _, drive := range drives {
		p.setDrive(drive)
		series, err := p.values()
		if err != nil { // as may be where the drive is much too strong
			failed = err
			continue
		}
		off := 0.0
		if s.spiking() {
			fired := mean(series[nodes.Spikes])
			if fired == 0 {
				continue
			}
			off = math.Abs(fired - rate)
		}
		if off < best {
			best, s.drive, found = off, drive, series
		}
	}
	if found == nil && failed != nil {
		return errors.Wrap(failed, "it never spikes where it does not fail, as here")
	}
	if found == nil {
		return errors.Errorf("it never spikes, at currents from %v to %v", drives[0], drives[len(drives)-1])
	}
	s.pool, s.spread = map[string][]float64{}, map[string]float64{}
	for name, v := range found {
		s.pool[name] = v[len(v)-3*4:]
		if s.spread[name] = slices.Max(v) - slices.Min(v); s.spread[name] == 0 {
			s.spread[name] = 1
		}
	}
	return s.rehearse()
}

// rehearse runs the usual experiments. They must show something: some spikes, but not at every step. And
// it finds out whether the layers are more than scans, to spare doing the same twice.
func (s *suite) rehearse() error {
	for _, recurrent := range s.recurrences() {
		p, err := layered(s.experiment(recurrent))
		if err != nil {
			return err
		}
		for _, parts := range p.quantities {
			s.fused = s.fused || !strings.HasPrefix(parts[0].Op().String(), "scan ")
		}
		series, err := p.values()
		if err != nil {
			return err
		}
		if fired := mean(series[nodes.Spikes]); s.spiking() && (fired == 0 || fired == 1) {
			return errors.Errorf("currents of %v give spikes at %v of the steps: nothing can be checked with that", s.drive, fired)
		}
	}
	return nil
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}
