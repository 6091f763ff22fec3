package program

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

// Recordings are the flags of electrocardiograms of PhysioNet's WFDB format.
type Recordings struct {
	WFDB          bool    `name:"wfdb" help:"-data has recordings of PhysioNet's WFDB format, with their .hea, .dat and annotations: a folder (of the records in its file RECORDS, or of all .hea), or one record by its path. A fifth of the records is held out to test on; those without annotations can be evaluated."`
	Annotator     string  `help:"With -wfdb: extension of the annotations with the boundaries of the waves, as pu0 of the QT Database. Default: q1c." placeholder:"NAME"`
	Leads         string  `help:"With -wfdb: the two leads by their names or their numbers from 1, as 'MLII,V5'; one alone leaves the second silent. Default: the first two." placeholder:"NAMES"`
	SingleLead    bool    `help:"With -wfdb: records that have one lead are read; the second is silent."`
	Delta         float64 `help:"With -wfdb: height of a level whose crossing is an event, mV; with -normalise it must be given, in standard deviations." default:"0.11"`
	StepMS        float64 `name:"step-ms" help:"With -wfdb: length of a step, ms, to which other sampling frequencies are brought." default:"4"`
	Window        int     `help:"With -wfdb: steps of an example." default:"1301"`
	Normalise     bool    `help:"With -wfdb: take the mean of each lead off, and divide by its standard deviation."`
	SkipChecksums bool    `help:"With -wfdb: do without a comparison of the samples with the headers' checksums."`
}

// shareToTest is how much of the recordings is held out to test on, and seedOfTest draws which: the same for all runs.
const (
	shareToTest = .2
	seedOfTest  = 0
)

// check finds flags that do not go together, or are out of range.
func (f *Recordings) check(path string, given func(flag string) bool, resume bool) error {
	for _, flag := range []string{"annotator", "leads", "single-lead", "delta", "step-ms", "window", "normalise", "skip-checksums"} {
		if given(flag) && !f.WFDB {
			return errors.Errorf("-%s is for -wfdb", flag)
		}
	}
	switch {
	case !f.WFDB:
		return nil
	case path == "" || path == "qtdb":
		return errors.Errorf("-wfdb needs -data DIR, a folder of recordings: -data is %q", path)
	case given("records"):
		return errors.New("-records is for synthetic electrocardiograms, not for -wfdb")
	case f.Normalise && !given("delta") && !resume:
		return errors.New("-normalise needs -delta, in standard deviations of a lead")
	}
	return Limits(Positive("delta", f.Delta, "a height"), AtLeast("window", f.Window, 1), Positive("step-ms", f.StepMS, "a time in ms"))
}

// read opens the recordings, and says what they are. Those to evaluate are the ones that are held out from a training,
// and all where none is annotated.
func (f *Recordings) read(path string, evaluate bool) (training, test train.Dataset, name string, err error) {
	o := data.WFDBOptions{
		Annotator: f.Annotator, Unannotated: evaluate, Single: f.SingleLead, Delta: f.Delta, StepMS: f.StepMS, Window: f.Window,
		Normalise: f.Normalise, SkipChecksums: f.SkipChecksums,
	}
	if f.Leads != "" {
		o.Leads = strings.Split(f.Leads, ",")
	}
	all, err := data.ReadWFDB(path, o)
	if err != nil {
		return nil, nil, "", err
	}
	notes := all.Notes()
	for _, note := range notes[:min(len(notes), mostNotes)] {
		fmt.Println(note)
	}
	if more := len(notes) - mostNotes; more > 0 {
		fmt.Printf("and %d more like these\n", more)
	}
	name = "recordings in " + path
	if evaluate && (!all.Annotated() || all.Records() == 1) {
		return nil, all, name, nil
	}
	if all.Records() < 2 {
		return nil, nil, "", errors.Errorf("%s: has one record that can be learnt from, want at least two: one is held out to test on", path)
	}
	rest, held, err := all.Split(seedOfTest, shareToTest)
	if err != nil {
		return nil, nil, "", err
	}
	return rest, held, name, nil
}

// mostNotes is how many notes on recordings are printed.
const mostNotes = 20

// WaveFile is where the waves that were found in recordings are written.
const WaveFile = "waves.csv"

// predicted is how many examples are predicted at a time, so that a recording of a day need not be held.
const predicted = 64

// FindWaves has a network name the waves of recordings, writes them to waves.csv, one a line with its record, beginning
// and end in ms, and prints how many there are. It does nothing for other data.
func (r *Run) FindWaves(ctx context.Context, net *train.Network, records train.Dataset) error {
	w, ok := records.(*data.WFDB)
	if !ok {
		return nil
	}
	var counts [6]int
	err := r.Write(WaveFile, func(path string) error {
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		defer file.Close()
		out := bufio.NewWriter(file)
		fmt.Fprintln(out, "record,from_ms,to_ms,wave")
		if counts, err = writeWaves(ctx, out, net, w); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		return file.Close()
	})
	if err != nil {
		return err
	}
	var found []string
	for k, name := range Waves() {
		found = append(found, fmt.Sprintf("%d %s", counts[k], name))
	}
	fmt.Printf("found %s in %v: see %s\n", strings.Join(found, ", "), w, r.Path(WaveFile))
	return nil
}

// wave is a run of steps of one class.
type wave struct {
	record   string
	from, to float64
	class    int
}

// writeWaves writes the waves of all examples, and counts them. Those that go on in the next example are one.
func writeWaves(ctx context.Context, out *bufio.Writer, net *train.Network, w *data.WFDB) (counts [6]int, err error) {
	var last wave
	flush := func() {
		if last.record != "" {
			counts[last.class]++
			fmt.Fprintf(out, "%s,%v,%v,%s\n", last.record, last.from, last.to, Waves()[last.class])
		}
	}
	for lo := 0; lo < w.Len(); lo += predicted {
		var indices []int
		for i := lo; i < min(lo+predicted, w.Len()); i++ {
			indices = append(indices, i)
		}
		some, err := train.Subset(w, indices)
		if err != nil {
			return counts, err
		}
		answers, err := net.Predict(ctx, some)
		if err != nil {
			return counts, err
		}
		for k, p := range answers {
			record, from := w.Place(lo + k)
			for t := range p.Steps {
				x := wave{record, from + float64(t)*w.StepMS(), from + float64(t+1)*w.StepMS(), p.Class(t)}
				if x.record == last.record && x.class == last.class && x.from == last.to {
					last.to = x.to
					continue
				}
				flush()
				last = x
			}
		}
	}
	flush()
	return counts, nil
}
