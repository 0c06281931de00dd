package main

import (
	"context"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	resourceinformers "k8s.io/client-go/informers/resource/v1"
	resourcelisters "k8s.io/client-go/listers/resource/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/dynamic-resource-allocation/resourceslice/tracker"
)

// taintedSlices are the slices as the scheduler's tracker hands them to the allocator: with the taints of
// DeviceTaintRules, and in the order of the case. Slices and rules come and go as in a cluster that lives: former rules
// are there first, and are changed or removed before the last slices come.
func (c *Cluster) taintedSlices() ([]*resourceapi.ResourceSlice, error) {
	isOff := c.Features.DeviceTaintRules != nil && !*c.Features.DeviceTaintRules
	if isOff || len(c.TaintRules)+len(c.FormerTaintRules) == 0 {
		return c.Slices, nil
	}
	slices, rules := newStanding(), newStanding()
	// The tracker calls its handlers while an object is put or removed here: nothing has to be waited for.
	tracked, err := tracker.StartTracker(context.Background(), tracker.Options{
		EnableDeviceTaintRules: true,
		SliceInformer:          sliceInformer{slices},
		TaintInformer:          ruleInformer{rules},
	})
	if err != nil {
		return nil, err
	}
	defer tracked.Stop()
	half := len(c.Slices) / 2
	putAll(slices, c.Slices[:half])
	putAll(rules, c.FormerTaintRules)
	putAll(rules, c.TaintRules)
	kept := sets.New[string]()
	for _, rule := range c.TaintRules {
		kept.Insert(rule.Name)
	}
	for _, rule := range c.FormerTaintRules {
		if !kept.Has(rule.Name) {
			rules.remove(rule)
		}
	}
	putAll(slices, c.Slices[half:])
	return inOrder(tracked, c.Slices)
}

func inOrder(tracked *tracker.Tracker, slices []*resourceapi.ResourceSlice) ([]*resourceapi.ResourceSlice, error) {
	patched, err := tracked.ListPatchedResourceSlices()
	if err != nil {
		return nil, err
	}
	byName := map[string]*resourceapi.ResourceSlice{}
	for _, slice := range patched {
		byName[slice.Name] = slice
	}
	ordered := make([]*resourceapi.ResourceSlice, 0, len(slices))
	for _, slice := range slices {
		ordered = append(ordered, byName[slice.Name])
	}
	return ordered, nil
}

// standing is an informer without an API server: what stands in it is put there by hand.
type standing struct {
	cache.SharedIndexInformer
	indexer  cache.Indexer
	handlers []cache.ResourceEventHandler
}

func newStanding() *standing {
	return &standing{indexer: cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})}
}

func putAll[Object any](informer *standing, objects []Object) {
	for _, object := range objects {
		informer.put(object)
	}
}

func (s *standing) put(object any) {
	old, exists, _ := s.indexer.Get(object)
	_ = s.indexer.Update(object)
	for _, handler := range s.handlers {
		if exists {
			handler.OnUpdate(old, object)
		} else {
			handler.OnAdd(object, false)
		}
	}
}

func (s *standing) remove(object any) {
	old, exists, _ := s.indexer.Get(object)
	if !exists {
		return
	}
	_ = s.indexer.Delete(object)
	for _, handler := range s.handlers {
		handler.OnDelete(old)
	}
}

func (s *standing) AddEventHandlerWithOptions(
	handler cache.ResourceEventHandler, _ cache.HandlerOptions,
) (cache.ResourceEventHandlerRegistration, error) {
	s.handlers = append(s.handlers, handler)
	return alwaysSynced{}, nil
}

func (s *standing) RemoveEventHandler(cache.ResourceEventHandlerRegistration) error { return nil }
func (s *standing) AddIndexers(indexers cache.Indexers) error                       { return s.indexer.AddIndexers(indexers) }
func (s *standing) GetIndexer() cache.Indexer                                       { return s.indexer }
func (s *standing) Informer() cache.SharedIndexInformer                             { return s }

type alwaysSynced struct{}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (alwaysSynced) HasSynced() bool                     { return true }
func (alwaysSynced) HasSyncedChecker() cache.DoneChecker { return alwaysSynced{} }
func (alwaysSynced) Name() string                        { return "standing" }
func (alwaysSynced) Done() <-chan struct{}               { return closed }

type sliceInformer struct{ *standing }

func (i sliceInformer) TypedInformer() resourceinformers.ResourceSliceIndexInformer {
	return cache.NewTypedSharedIndexInformer[*resourceapi.ResourceSlice](i.standing)
}

func (i sliceInformer) Lister() resourcelisters.ResourceSliceLister {
	return resourcelisters.NewResourceSliceLister(i.indexer)
}

type ruleInformer struct{ *standing }

func (i ruleInformer) TypedInformer() resourceinformers.DeviceTaintRuleIndexInformer {
	return cache.NewTypedSharedIndexInformer[*resourceapi.DeviceTaintRule](i.standing)
}

func (i ruleInformer) Lister() resourcelisters.DeviceTaintRuleLister {
	return resourcelisters.NewDeviceTaintRuleLister(i.indexer)
}
