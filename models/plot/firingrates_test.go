package plot

import (
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// syntheticRates is a panel of n curves, of which every other has first intervals.
func syntheticRates(title string, n int) RatePanel {
	p := RatePanel{Title: title, Current: "I (nA)"}
	for k := range n {
		c := RateCurve{Name: string(rune('a' + k))}
		for i := range 20 {
			x := float64(i) / 10
			c.Currents = append(c.Currents, x)
			c.Rates = append(c.Rates, float64(k+1)*10*math.Max(0, x-.5))
			if k%2 == 0 {
				c.First = append(c.First, float64(k+1)*30*math.Max(0, x-.5))
			}
		}
		p.Curves = append(p.Curves, c)
	}
	return p
}

func TestFiringRates(t *testing.T) {
	silent := syntheticRates("silent", 1)
	clear(silent.Curves[0].Rates)
	silent.Curves[0].First = nil
	checkDrawings(t, []drawing{
		{"rates", FiringRatesData{Title: "Rates", Columns: 2, Panels: []RatePanel{syntheticRates("few", 3), syntheticRates("many", 9), silent}},
			nil, 1600, 3, []color.Color{Blue, Vermilion, Green, Purple, SkyBlue, Orange, Black}, 0},
		{"rates of one neuron", FiringRatesData{Panels: []RatePanel{syntheticRates("", 1)}, Width: 450}, nil, 1200, 1, []color.Color{Blue}, 0},
	})
}

func TestFiringRatesErrors(t *testing.T) {
	changed := func(change func(p *RatePanel)) FiringRatesData {
		p := syntheticRates("p", 2)
		change(&p)
		return FiringRatesData{Panels: []RatePanel{p}}
	}
	for want, d := range map[string]FiringRatesData{
		"no panels":                     {},
		"-2 columns":                    {Panels: []RatePanel{syntheticRates("p", 1)}, Columns: -2},
		`panel "p": no curves`:          changed(func(p *RatePanel) { p.Curves = nil }),
		`"b": 20 x values and 3 y`:      changed(func(p *RatePanel) { p.Curves[1].Rates = p.Curves[1].Rates[:3] }),
		`first intervals of "a": line:`: changed(func(p *RatePanel) { p.Curves[0].First = []float64{1} }),
		`"a": y: value 2 is +Inf`:       changed(func(p *RatePanel) { p.Curves[0].Rates[2] = math.Inf(1) }),
	} {
		if err := FiringRates(filepath.Join(t.TempDir(), "figure.png"), d); err == nil || !strings.HasPrefix(err.Error(), "plot: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func TestFiringRatesNeverPanic(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 1e99, -1e99, 5e-324, math.NaN(), math.Inf(1)}))
	rapid.Check(t, func(t *rapid.T) {
		curve := rapid.Custom(func(t *rapid.T) RateCurve {
			n := rapid.IntRange(0, 4).Draw(t, "n")
			some := rapid.SliceOfN(value, n, n)
			c := RateCurve{Name: rapid.String().Draw(t, "name"), Currents: some.Draw(t, "currents"), Rates: some.Draw(t, "rates")}
			if rapid.Bool().Draw(t, "first") {
				c.First = some.Draw(t, "first rates")
			}
			return c
		})
		panel := rapid.Custom(func(t *rapid.T) RatePanel {
			return RatePanel{Title: rapid.String().Draw(t, "title"), Current: rapid.String().Draw(t, "current"), Curves: rapid.SliceOfN(curve, 0, 3).Draw(t, "curves")}
		})
		drawIfGood(t, FiringRatesData{Panels: rapid.SliceOfN(panel, 0, 4).Draw(t, "panels"), Columns: rapid.IntRange(0, 3).Draw(t, "columns")})
	})
}
