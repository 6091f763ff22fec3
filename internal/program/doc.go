// Package program is what all example programs share: flags, the folder of a run, going on with a run that
// was stopped, evaluation, and what is written and printed. A program is a struct of flags, which embeds
// those that all have, and a method:
//
//	type flags struct {
//		Hidden int `help:"Hidden neurons." default:"36"`
//		program.Training
//		program.Evaluation
//	}
//
//	func (f *flags) Vars() map[string]string { return map[string]string{"epochs": "60"} }
//
//	func (f *flags) Run(ctx context.Context, r *program.Run) error { … }
//
//	func main() { program.Main("ecg", "Train a network to name the waves of electrocardiograms.", new(flags)) }
//
// A flag that -eval would pass over has the tag eval:"no", or eval:"pth" where it is for files of PyTorch, and is
// refused with it. Flags that say how data become inputs, which no network does, have eval:"data".
//
// A folder belongs to one run. While the run's program lives, another one that would write there is
// refused. What the run was begun with is in run.json: -resume goes on with that. A new run in the folder of
// an old one sets the files of the old one aside, all under one number.
package program
