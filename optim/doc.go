// Package optim makes gorgonia.Solvers out of small transforms.
//
// A gradient passes through a chain of [Transform] values; what leaves the chain is added to the
// parameter:
//
//	solver := optim.New(
//		optim.ClipByGlobalNorm{Max: 1},
//		optim.ScaleByAdam{},
//		optim.GroupRate{Names: optim.Names{"*.tau_*"}, Factor: 3},
//		optim.LearningRate{Schedule: optim.StepLR{Rate: 1e-2, Every: 100, Factor: .5}},
//		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: 1},
//	)
//
// The well-known optimizers are chains too, and can stand among other transforms:
//
//	solver := optim.New(optim.ClipByGlobalNorm{}, optim.Adam(optim.Constant(1e-3)))
//
// Transforms are plain settings, and the zero value of a setting is its default. State (moments,
// the number of steps) belongs to the [Solver] and goes by the names of the parameters, so the
// order of the model does not matter, and several graphs with parameters of the same names may
// take turns. [Solver.State] and [Solver.Restore] carry it through a checkpoint.
//
// A learning rate may follow a metric ([Plateau]), which the training loop gives to [Solver.Report] at
// the end of each epoch.
//
// A chain computes in float64 whatever the dtype of the parameters.
package optim
