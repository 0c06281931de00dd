package main

import (
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/dynamic-resource-allocation/structured"
)

// Cluster is a recorded case: what an allocator knows when it is asked.
type Cluster struct {
	Name       string                         `json:"name"`
	Features   Features                       `json:"features"`
	Node       *v1.Node                       `json:"node"`
	Nodes      []*v1.Node                     `json:"nodes"`
	Classes    []*resourceapi.DeviceClass     `json:"classes"`
	Slices     []*resourceapi.ResourceSlice   `json:"slices"`
	Claims     []*resourceapi.ResourceClaim   `json:"claims"`
	TaintRules []*resourceapi.DeviceTaintRule `json:"taintRules"`
	// FormerTaintRules stood before and were changed or removed; only what keeps its state reads them.
	FormerTaintRules         []*resourceapi.DeviceTaintRule `json:"formerTaintRules"`
	AllocatedDevices         []DeviceName                   `json:"allocatedDevices"`
	AllocatedSharedDeviceIDs []DeviceName                   `json:"allocatedSharedDeviceIDs"`
	AllocatedCapacity        []DeviceName                   `json:"allocatedCapacity"`
	// Items are the objects where the file is a list of them instead of a case.
	Items []json.RawMessage `json:"items"`
}

// Features are the allocator's switches, and the scheduler's for taint rules, which is on where nothing is said.
type Features struct {
	structured.Features
	DeviceTaintRules *bool
}

// DeviceName names a device, a share of it, or what is consumed of it.
type DeviceName struct {
	Driver           string                                          `json:"driver"`
	Pool             string                                          `json:"pool"`
	Device           string                                          `json:"device"`
	ShareID          types.UID                                       `json:"shareID"`
	ConsumedCapacity map[resourceapi.QualifiedName]resource.Quantity `json:"consumedCapacity"`
}

func (d DeviceName) id() structured.DeviceID {
	return structured.MakeDeviceID(d.Driver, d.Pool, d.Device)
}

func readCluster(path string) (*Cluster, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseCluster(content)
}

func parseCluster(content []byte) (*Cluster, error) {
	cluster := &Cluster{}
	if err := json.Unmarshal(content, cluster); err != nil {
		return nil, err
	}
	if len(cluster.Items) > 0 {
		cluster.Features.Features = defaultFeatures()
	}
	for _, item := range cluster.Items {
		if err := cluster.add(item); err != nil {
			return nil, err
		}
	}
	if cluster.Node != nil {
		cluster.Nodes = append(cluster.Nodes, cluster.Node)
	}
	return cluster, nil
}

// defaultFeatures are those of a Kubernetes 1.37 cluster.
func defaultFeatures() structured.Features {
	return structured.Features{
		AdminAccess:             true,
		ConsumableCapacity:      true,
		DeviceBindingAndStatus:  true,
		DeviceTaints:            true,
		FractionalCapacityRange: true,
		PartitionableDevices:    true,
		PrioritizedList:         true,
	}
}

// add takes one object of a list.
func (c *Cluster) add(item json.RawMessage) error {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(item, &kind); err != nil {
		return err
	}
	switch kind.Kind {
	case "Node":
		return appended(&c.Nodes, item)
	case "DeviceClass":
		return appended(&c.Classes, item)
	case "ResourceSlice":
		return appended(&c.Slices, item)
	case "ResourceClaim":
		return appended(&c.Claims, item)
	}
	return fmt.Errorf("unexpected kind %q", kind.Kind)
}

func appended[Object any](objects *[]*Object, item json.RawMessage) error {
	object := new(Object)
	if err := json.Unmarshal(item, object); err != nil {
		return err
	}
	*objects = append(*objects, object)
	return nil
}

// inUse is the state that the allocator starts from.
func (c *Cluster) inUse() structured.AllocatedState {
	state := structured.AllocatedState{
		AllocatedDevices:         sets.New[structured.DeviceID](),
		AllocatedSharedDeviceIDs: sets.New[structured.SharedDeviceID](),
		AggregatedCapacity:       structured.NewConsumedCapacityCollection(),
	}
	for _, device := range c.AllocatedDevices {
		state.AllocatedDevices.Insert(device.id())
	}
	for _, device := range c.AllocatedSharedDeviceIDs {
		state.AllocatedSharedDeviceIDs.Insert(structured.MakeSharedDeviceID(device.id(), &device.ShareID))
	}
	for _, device := range c.AllocatedCapacity {
		state.AggregatedCapacity.Insert(structured.NewDeviceConsumedCapacity(device.id(), device.ConsumedCapacity))
	}
	return state
}

// Classes finds device classes as an informer's lister does.
type Classes map[string]*resourceapi.DeviceClass

func (c *Cluster) classes() Classes {
	found := Classes{}
	for _, class := range c.Classes {
		found[class.Name] = class
	}
	return found
}

// List gives all classes.
func (c Classes) List() ([]*resourceapi.DeviceClass, error) {
	var all []*resourceapi.DeviceClass
	for _, class := range c {
		all = append(all, class)
	}
	return all, nil
}

// Get gives the class of that name.
func (c Classes) Get(name string) (*resourceapi.DeviceClass, error) {
	if class := c[name]; class != nil {
		return class, nil
	}
	kind := schema.GroupResource{Group: resourceapi.GroupName, Resource: "deviceclasses"}
	return nil, apierrors.NewNotFound(kind, name)
}
