// Neurons draws every neuron of the library: what it does at a step and at a ramp of current, its
// firing rate against the current, and the firing patterns of the models of Izhikevich and of Brette
// & Gerstner.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/nodes"
)

type flags struct {
	Only     []string `help:"Draw only this neuron. May be given several times; -list prints the names." placeholder:"NAME"`
	Dt       *float64 `help:"Time step of all neurons, ms. Default: 1 for those without units, some of which count in steps, and 0.25 for those in mV." placeholder:"MS"`
	Duration *float64 `help:"Length of each run, ms. Default: 400 in the gallery, 2000 for the firing rates, 250 and 500 for firing patterns." placeholder:"MS"`
	List     bool     `help:"Print the neurons, and draw nothing."`
	program.Folder
}

func main() {
	program.Main("neurons", "Draw every neuron of the library: traces, firing rates and firing patterns.", new(flags))
}

// Complete checks the flags.
func (f *flags) Complete() error {
	if f.List {
		if err := list(os.Stdout); err != nil {
			return err
		}
		return program.ErrDone
	}
	var limits []error
	if f.Dt != nil {
		limits = append(limits, program.Positive("dt", *f.Dt, "a time in ms"))
	}
	if f.Duration != nil {
		limits = append(limits, program.Positive("duration", *f.Duration, "a time in ms"))
	}
	if err := program.Limits(limits...); err != nil {
		return err
	}
	_, err := chosen(f.Only)
	return err
}

// figure is what metrics.json says of the figures of one kind.
type figure struct {
	Traces []trace     `json:"traces,omitempty"`
	Rates  []rateCurve `json:"rates,omitempty"`
}

// variant is a model with a choice of parameters, and where it starts.
type variant struct {
	model   model
	name    string // in the figure
	cell    nodes.Cell
	initial nodes.Initial
}

// drawing is a run with these flags.
type drawing struct {
	*flags
	*program.Run
	models []model
	bar    *cli.Progress
	runs   int // that are done
}

// Run draws all figures.
func (f *flags) Run(ctx context.Context, r *program.Run) (err error) {
	p := &drawing{flags: f, Run: r}
	if p.models, err = chosen(f.Only); err != nil {
		return err
	}
	m := metrics{Figures: map[string]figure{}}
	p.bar = cli.NewProgress(p.count(), "neurons")
	defer p.bar.Close()
	for _, kind := range []struct {
		name string
		draw func(ctx context.Context) (figure, error)
	}{{"gallery", p.gallery}, {"rates", p.rates}, {"izhikevich", p.izhikevich}, {"adex", p.adex}} {
		fig, err := kind.draw(ctx)
		if err != nil {
			return err
		}
		if len(fig.Traces)+len(fig.Rates) > 0 {
			m.Figures[kind.name] = fig
		}
	}
	m.Seconds = r.Seconds()
	return r.JSON(program.MetricsName, m)
}

// draws says whether a variant is of a model that was asked for.
func (p *drawing) draws(v variant) bool {
	_, ok := find(p.models, v.model.name)
	return ok
}

// count is the number of runs that there will be.
func (p *drawing) count() int {
	var runs []variant
	for _, group := range rateGroups() {
		for _, s := range group.neurons {
			runs = append(runs, s.variant)
		}
	}
	for _, q := range slices.Concat(izhikevichPatterns(), adexPatterns()) {
		runs = append(runs, q.variant)
	}
	return len(p.models) + len(slices.DeleteFunc(runs, func(v variant) bool { return !p.draws(v) }))
}

// record makes a run under some inputs, of a length in ms unless -duration is given, unless the program was
// interrupted. It tells what the neuron is, and what it did.
func (p *drawing) record(ctx context.Context, what string, v variant, length float64, inputs ...nodes.Current) (s subject, r *nodes.Recording, err error) {
	if err := ctx.Err(); err != nil {
		return s, nil, err
	}
	start := time.Now()
	cell, err := nodes.WithTimeStep(v.cell, valueOr(p.Dt, v.model.dt()))
	if err == nil {
		r, err = nodes.Stimulate(cell, inputs, valueOr(p.Duration, length), v.initial)
	}
	if err != nil {
		return s, nil, errors.Wrap(err, what)
	}
	s = subject{Model: v.model.name, Name: v.name, Unit: v.model.unit, Duration: float64(len(r.Times)) * r.Dt}
	if s.Cell, err = nodes.MarshalCell(cell); err != nil {
		return s, nil, err
	}
	if s.Parameters, err = nodes.InitialParameters(cell); err != nil {
		return s, nil, err
	}
	s.Seconds = time.Since(start).Seconds()
	p.runs++
	p.bar.Set(p.runs, what)
	return s, r, nil
}

// valueOr is the value of a flag, or another where it was not given.
func valueOr(flag *float64, otherwise float64) float64 {
	if flag == nil {
		return otherwise
	}
	return *flag
}

// find is the model of that name.
func find(all []model, name string) (model, bool) {
	for _, m := range all {
		if strings.EqualFold(m.name, name) {
			return m, true
		}
	}
	return model{}, false
}

// chosen are the models of these names, in the order of the gallery; without names, all.
func chosen(names []string) ([]model, error) {
	all := models()
	if len(names) == 0 {
		return all, nil
	}
	wanted := map[string]bool{}
	for _, name := range names {
		m, ok := find(all, name)
		if !ok {
			var right []string
			for _, m := range all {
				right = append(right, m.name)
			}
			return nil, errors.Errorf("-only: there is no neuron %q, but %s", name, strings.Join(right, ", "))
		}
		wanted[m.name] = true
	}
	return slices.DeleteFunc(all, func(m model) bool { return !wanted[m.name] }), nil
}

// list prints the neurons.
func list(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range models() {
		fmt.Fprintf(table, "%s\t%s\n", m.name, m.about)
	}
	return table.Flush()
}
