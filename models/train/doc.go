// Package train trains any declared graph: one loop for every model, loss and kind of data.
package train
