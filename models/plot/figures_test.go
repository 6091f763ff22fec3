package plot

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg"
)

var keep = flag.String("figures", "", "folder to keep the figures of the tests in, to look at them")

// figured is the data of any figure.
type figured interface{ figure() (*Figure, error) }

// drawing is a figure to be drawn by a test.
type drawing struct {
	name   string
	data   figured
	draw   func(path string) error
	width  int // pixels; 0 where it depends on the names
	panels int
	wants  []color.Color // in some panel, at least
	blanks int           // panels that show nothing but a grid
}

func learning(name string, d LearningCurvesData, panels int, wants ...color.Color) drawing {
	return drawing{name, d, func(p string) error { return LearningCurves(p, d) }, 1600, panels, wants, 0}
}

func record(name string, d RecordData, panels int, wants ...color.Color) drawing {
	return drawing{name, d, func(p string) error { return Record(p, d) }, 1600, panels, wants, 0}
}

func confused(name string, d ConfusionData, wants ...color.Color) drawing {
	return drawing{name, d, func(p string) error { return Confusion(p, d) }, 0, 2, wants, 0}
}

func histograms(name string, d HistogramsData, panels int, wants ...color.Color) drawing {
	return drawing{name, d, func(p string) error { return Histograms(p, d) }, 1600, panels, wants, 0}
}

func drawings() []drawing {
	noValidation := syntheticLearning(6)
	noValidation.ValidLoss, noValidation.ValidAccuracy = nil, nil
	lossOnly := syntheticLearning(5)
	lossOnly.TrainAccuracy, lossOnly.ValidAccuracy = nil, nil

	signed := syntheticRecord(120, 8)
	signed.Title, signed.Signals, signed.Neuron.Name = "", nil, ""
	signed.Channels = []string{"a channel with quite a long name", "b"}
	for t, row := range signed.Input {
		signed.Input[t] = []float64{row[0] - row[1], row[2] - row[3]*(1-row[2])}
	}
	signed.True[0], signed.True[1] = -1, -1 // no labels
	labelsOnly := RecordData{Classes: waves, True: []int{0, 1, 2}, Predicted: []int{0, 1, 1}}
	silent := RecordData{Step: 2, Input: [][]float64{{0}, {0}}, Hidden: [][]float64{{0, 0}, {0, 0}},
		Neuron: NeuronTrace{Membrane: []float64{0, 0}, Spikes: []float64{0, 0}}}

	without := syntheticConfusion()
	without.Counts[2] = make([]int, len(waves))
	var many ConfusionData
	for i := range 20 {
		many.Classes = append(many.Classes, fmt.Sprintf("German number %d", i))
		row := make([]int, 20)
		row[i], row[7*i%20] = 10*i, row[7*i%20]+30
		many.Counts = append(many.Counts, row)
	}

	odd := HistogramsData{Panels: []Histogram{
		{Name: "equal", Values: []float64{20, 20, 20}, Initial: 20},
		{Name: "single", Values: []float64{700.5}, Initial: 650},
		{Name: "zero", Values: []float64{0}},
		{Name: "a name that is much too long for its panel", Values: []float64{1, 2, 3, 4, 5, 1e3}, Initial: 3},
		{Name: "next but equal", Values: []float64{20, math.Nextafter(20, 21)}, Initial: 20},
	}}
	noSpikes := record("record without spikes", silent, 3, Blue)
	noSpikes.blanks = 2
	return []drawing{
		noSpikes,
		learning("learning", syntheticLearning(400), 2, Blue, Vermilion, Black),
		learning("learning, one epoch", LearningCurvesData{TrainLoss: []float64{1.2}, TrainAccuracy: []float64{0.3}, Best: 1}, 2, Black),
		learning("learning, one epoch unmarked", LearningCurvesData{TrainLoss: []float64{1.2}, ValidLoss: []float64{1.4}}, 1, Blue, Vermilion),
		learning("learning without validation", noValidation, 2, Blue, Black),
		learning("learning, loss only", lossOnly, 1, Blue, Vermilion),
		learning("learning, perfect", LearningCurvesData{TrainLoss: []float64{0, 0}, TrainAccuracy: []float64{1, 1}}, 2, Blue),
		record("record", syntheticRecord(1301, 36), 5, slices.Concat([]color.Color{Black}, classColours[:6])...),
		record("record with −1", signed, 4, Blue, Vermilion, Black),
		record("record of one step", syntheticRecord(1, 1), 5, Blue),
		record("record of labels", labelsOnly, 1, Blue, SkyBlue, Vermilion, Black),
		confused("confusion", syntheticConfusion(), heat(0), heat(1)),
		confused("confusion with an empty class", without, voidColour),
		confused("confusion of many classes", many, heat(1)),
		confused("confusion of one class", ConfusionData{Classes: []string{"only"}, Counts: [][]int{{3}}}, heat(1)),
		histograms("histograms", syntheticHistograms(), 3, SkyBlue, Vermilion),
		histograms("histograms of few values", odd, 5, SkyBlue, Vermilion),
		histograms("histogram", HistogramsData{Panels: odd.Panels[:1]}, 1, SkyBlue, Vermilion),
	}
}

func TestFigures(t *testing.T) {
	dir := t.TempDir()
	if *keep != "" {
		dir = *keep
	}
	for _, d := range drawings() {
		t.Run(d.name, func(t *testing.T) {
			path := filepath.Join(dir, d.name+".png")
			if err := d.draw(path); err != nil {
				t.Fatal(err)
			}
			first, img := decode(t, path)
			if err := d.draw(path); err != nil {
				t.Fatal(err)
			}
			if again, _ := decode(t, path); !bytes.Equal(first, again) {
				t.Error("the same data gave another file")
			}

			f, err := d.data.figure()
			if err != nil {
				t.Fatal(err)
			}
			l, err := f.layout()
			if err != nil {
				t.Fatal(err)
			}
			size := img.Bounds().Size()
			if d.width != 0 && size.X != d.width {
				t.Errorf("the figure is %d pixels wide, want %d", size.X, d.width)
			}
			if want := int(math.Round(float64(l.page.Y / pixel))); size.Y != want {
				t.Errorf("the figure is %d pixels high, want %d", size.Y, want)
			}
			checkMargins(t, img)
			found := map[color.RGBA]bool{}
			panels, blanks := 0, 0
			for _, row := range l.cells {
				for _, at := range row {
					if at == nil {
						continue
					}
					panels++
					colours := coloursIn(img, at.data)
					if ink(colours) < 20 {
						blanks++
					}
					for c := range colours {
						found[c] = true
					}
				}
			}
			if panels != d.panels {
				t.Errorf("%d panels, want %d", panels, d.panels)
			}
			if blanks != d.blanks {
				t.Errorf("%d panels are blank, want %d", blanks, d.blanks)
			}
			for _, want := range d.wants {
				if !found[color.RGBAModel.Convert(want).(color.RGBA)] {
					t.Errorf("no panel has the colour %v", want)
				}
			}
		})
	}
}

// decode reads a PNG file.
func decode(t *testing.T, path string) ([]byte, image.Image) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return content, img
}

// checkMargins finds whatever touches the edge of the page, and so may have been cut.
func checkMargins(t *testing.T, img image.Image) {
	t.Helper()
	b := img.Bounds()
	const edge = 4 // pixels
	inner := b.Inset(edge)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if p := (image.Point{X: x, Y: y}); !p.In(inner) && rgba(img.At(x, y)) != rgba(color.White) {
				t.Fatalf("there is ink at %v, at the edge of the page", p)
			}
		}
	}
}

// coloursIn counts the pixels of each colour in an area of the page.
func coloursIn(img image.Image, area vg.Rectangle) map[color.RGBA]int {
	colours := map[color.RGBA]int{}
	height := img.Bounds().Dy()
	for y := int(area.Min.Y / pixel); y < int(area.Max.Y/pixel); y++ {
		for x := int(area.Min.X / pixel); x < int(area.Max.X/pixel); x++ {
			colours[rgba(img.At(x, height-1-y))]++
		}
	}
	return colours
}

// ink counts the pixels that are neither paper nor grid nor axis, all of which are grey.
func ink(colours map[color.RGBA]int) int {
	n := 0
	for c, count := range colours {
		if c.R != c.G || c.G != c.B || c.R < 0x20 {
			n += count
		}
	}
	return n
}

func rgba(c color.Color) color.RGBA { return color.RGBAModel.Convert(c).(color.RGBA) }
