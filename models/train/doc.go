// Package train trains networks that are declared as Gorgonia graphs, evaluates them, asks them, and keeps them in
// files. It knows nothing of spikes: whatever graph has parameters and a loss can be trained.
//
// # What is trained
//
// A [Task] says what is to be learnt. Its [Model] is a function of nodes: it is given the inputs of a batch, declares
// its parameters, and returns what it computed, a value of the type O. Its [Loss] reads that value and the targets
// of the batch and returns a scalar. Package models has networks and losses; one's own are a few lines, see the
// examples. [Term] values are added to the loss, as regularisers are, and each [Metric] reports further numbers, as
// the accuracy.
//
// A [Dataset] gives examples, each a sequence of some steps with targets: one class or some numbers, for the sequence
// or for each of its steps. [Sequences] is one in memory. Package models/data reads common formats.
//
// [New] makes a [Trainer] of a task, a dataset and [Settings], and finds out before the first step what cannot
// work. [Trainer.Run] trains: in each epoch every example is shown once, in a random order, in batches; after each
// batch the solver moves the parameters. Any Gorgonia solver will do; those of package optim can be saved.
//
// # What a batch is
//
// The loop makes a graph for each length of sequences that it needs, rounded up so that few graphs serve many
// lengths, and fills up what is shorter and what is missing in the last batch. What fills up changes nothing: a loss
// is the mean by [Batch].Weight over the examples that have a target that counts, and sums over time leave out
// what [Batch].Mask does. Layers of package nodes find the mask, whether the graph is for training, and whether
// a sequence comes in pieces, by themselves.
//
// # Which epoch is kept
//
// Data for validation, or a share of the training data that is held out, choose the best epoch; its parameters are
// those that the network has when Run returns, and those that are loaded from a file. Without validation that is the
// last epoch, unless Select asks for another number. A [Callback] is called after each epoch: [Patience] and [Until]
// stop early, [Checkpoint] saves, and one's own may evaluate, predict and draw. A training that is interrupted, or
// in which a number is no longer finite, ends with the best epoch so far, and the error says where.
//
// # What can be asked
//
// The trainer is a [Network], and so is what [Load] reads. [Network.Evaluate] reports the loss and the metrics over
// a dataset; [Network.Predict] and [Network.PredictOne] give the scores of sequences, whose targets nobody needs to
// know; [Network.Record] also gives all that the layers did. While an epoch is under way, these are refused.
//
// # What is in a file
//
// A file is in the safetensors format. It holds the parameters by their names, what the network is, and, if a trainer
// wrote it, all that [Trainer.Resume] goes on from: what follows is, bit for bit, what would have followed. Models,
// losses, metrics and terms are written by the name under which their type was registered, with their fields as
// JSON, and [Load] makes them again; see [MustRegisterModel]. Those that are functions, or are not registered, are
// given to [LoadTask].
//
// # The same again
//
// Everything random is drawn from Seed: what is held out, the order of the examples, initial parameters and states,
// dropout. The same seed gives the same bits on any number of cores.
package train
