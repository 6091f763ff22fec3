// Package plot draws figures of networks, their training and their neurons as PNG files. One figure is one
// file and one function:
//
//   - [Run]: any network's run over a sequence: inputs, every layer's spikes, potentials and thresholds, and
//     scores. [RunFigure] has its settings.
//   - [History]: the loss and other numbers over the epochs of a training. [HistoryFigure] has its settings.
//   - [Confusion]: a confusion matrix.
//   - [Histograms]: learned time constants against their initial values.
//   - [Traces]: what neurons did: potentials, spikes and currents, lane by lane.
//   - [FiringRates]: firing rates against the input current.
//   - [LearnedSpikes]: what a network of neurons that spike once does with patterns before and after it learned.
//   - [ImageRun]: an image on its way through a network that sees it bit by bit.
//   - [LearningCurves] and [Record]: what History and Run draw, from plain Go data.
//
// Further figures are composed from panels: [NewRaster], [NewNeuron] and [NewLabels] make those that Run
// consists of, [NewPotentials] and [NewSpikeTimes] those of LearnedSpikes, [NewPanel] makes an empty one in the
// house style, [Panel.Line], [Panel.Lines] and [Panel.Events] fill it, or any plotter of gonum.org/v1/plot, and a [Figure] aligns the axes of panels in rows and columns and writes
// the file. [RunFigure.Figure] and [HistoryFigure.Figure] give figures to add panels to. [Logarithmic]
// changes the scale of an axis.
//
// Times are milliseconds and time is the first axis. Bad data, be it empty, ragged, NaN or
// infinite, gives an error that names the series, and leaves a file of an earlier run as it was.
package plot
