// Package plot draws the figures of the examples as PNG files. One figure is one file here and
// one function, which takes plain Go data:
//
//   - [LearningCurves]: loss and accuracy per epoch.
//   - [Record]: one test record on its way through a network, from input spikes to labels.
//   - [Confusion]: a confusion matrix.
//   - [Histograms]: learned time constants against their initial values.
//   - [Traces]: what neurons did: potentials, spikes and currents, lane by lane.
//   - [FiringRates]: firing rates against the input current.
//
// Further figures are composed from panels: [NewPanel] makes one in the house style,
// [Panel.Line] and [Panel.Events] fill it, or any plotter of gonum.org/v1/plot, and a [Figure]
// aligns the axes of panels in rows and columns and writes the file. [Logarithmic] changes the scale
// of an axis.
//
// Times are milliseconds and time is the first axis. Bad data, be it empty, ragged, NaN or
// infinite, gives an error that names the series, and leaves a file of an earlier run as it was.
package plot
