// Package data holds the datasets of the examples. Those of sequences implement train.Dataset:
//
//   - [QTDB] reads real electrocardiograms: the QT Database, level-crossing coded.
//   - [ReadWFDB] reads one's own electrocardiograms, or the QT Database as PhysioNet has it, and codes them so.
//   - [ECGSyn] makes electrocardiograms of the same form, from a dynamical model of the heart.
//   - [ReadRecords] reads recordings of one's own, with a class for each step, from MAT-files of any version.
//   - [Images] are those of MNIST, Fashion-MNIST, EMNIST and their like ([ReadImageFolder]), of files of one's own
//     ([ReadImages]), or drawn ones ([Strokes]); pixel by pixel they are sequences.
//   - [Events] are spike trains: Spiking Heidelberg Digits and Spiking Speech Commands from their HDF5
//     files ([ReadSHD], [ReadSSC]), files of one's own in that form, as h5py, MATLAB 7.3 or netCDF-4 save
//     them ([OpenSpikes]), text files of one's own ([ReadEventsCSV]), what an [EventReader] has on disk, or synthetic
//     spoken digits ([Cochlea]).
//     [ReadDVS] are recordings of event cameras (AEDAT 2, 3.1 and 4), [ReadNMNIST] and [ReadDVSGesture] published ones,
//     which stay in their files.
//   - [Pattern], [Evidence] and [StoreRecall] are the tasks of Bellec et al. 2020, for learning online.
//     [Trials.Fresh] have no trial come twice.
//   - [Arrays] are .npy, .npz, safetensors, HDF5 and MAT-files and tensors that PyTorch saved, of any size, of classes
//     or of numbers to learn.
//
// [Binned] events with [Augmentation] are others in each epoch. Of some examples train.Subset makes a
// dataset; train.Split and train.SplitGroups, [Events.Split] and [Events.SplitSpeakers] draw which.
//
// A [Table] has features and classes, in sequences of one step: [Iris] those of Fisher, [ReadWisconsin]
// breast cancer data of a file, [ReadTable] a text file of one's own.
//
// A [Signal] is a recording from a text file, for train.Sequences.
//
// Text files have columns that go by their names, in any order, and units of time in their names are obeyed. A
// [Dialect] says what such a file does not tell itself, and a [Clock] from when its times count; where either may
// be understood in two ways, the file is refused with what would settle it.
//
// Times are in ms and of double precision from the file to the step: an event at k·dt is in step k, for every dt
// ([Binning]).
//
// [Fetch] downloads published files once, checks their sums, and keeps them. [LevelCross] turns
// a signal into events, as both electrocardiogram sets are coded.
//
// README.md beside this file shows for each format how data of one's own become a dataset.
package data
