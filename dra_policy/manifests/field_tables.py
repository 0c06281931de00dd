"""The fields that the API types of each dialect have: facts, one type a line.

From kubernetes/api resource/v1, v1beta1, v1alpha3 and core/v1 types.go, and kubernetes-sigs/wg-device-management
dra-evolution/pkg/api and k8srm-prototype/pkg/api with what its sample files use beside them. A line is
``Type: field field:Type field:[Type] field:{Type}``; a field without a type is not looked into. Indented lines go on.
"""

OBJECT = """
ObjectMeta: name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp
    deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields clusterName
NodeSelector: nodeSelectorTerms:[NodeSelectorTerm]
NodeSelectorTerm: matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSelectorRequirement: key operator values
ConsumerReference: apiGroup resource name uid
"""

CORE = """
Node: apiVersion kind metadata:ObjectMeta spec:NodeSpec status
NodeSpec: podCIDR podCIDRs providerID unschedulable taints:[Taint] configSource externalID
Taint: key value effect timeAdded
Namespace: apiVersion kind metadata:ObjectMeta spec status
ResourceQuota: apiVersion kind metadata:ObjectMeta spec:ResourceQuotaSpec status
ResourceQuotaSpec: hard scopes scopeSelector
Pod: apiVersion kind metadata:ObjectMeta spec:PodSpec status
PodSpec: volumes initContainers:[Container] containers:[Container] ephemeralContainers restartPolicy
    terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName serviceAccount
    automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace securityContext
    imagePullSecrets hostname subdomain affinity:Affinity schedulerName tolerations:[Toleration] hostAliases
    priorityClassName priority
    dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints
    setHostnameAsFQDN os hostUsers schedulingGates resourceClaims:[PodResourceClaim] resources hostnameOverride
    workloadRef schedulingGroup evictionResponders deviceClaims:PodDeviceClaims
Affinity: nodeAffinity:NodeAffinity podAffinity podAntiAffinity
NodeAffinity: requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
    preferredDuringSchedulingIgnoredDuringExecution
Toleration: key operator value effect tolerationSeconds
Container: name image command args workingDir ports envFrom env resources:ResourceRequirements resizePolicy
    restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle
    terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty devices
ResourceRequirements: limits requests claims:[ContainerClaim]
PodResourceClaim: name source:ClaimSource resourceClaimName resourceClaimTemplateName
ClaimSource: resourceClaimName resourceClaimTemplateName
PodDeviceClaims: devices claimName template
ContainerClaim: name request requestName
"""

KUBERNETES = """
DeviceClass: apiVersion kind metadata:ObjectMeta spec:DeviceClassSpec
DeviceClassSpec: selectors:[DeviceSelector] config:[DeviceConfiguration] extendedResourceName suitableNodes
DeviceSelector: cel:CELDeviceSelector
CELDeviceSelector: expression
DeviceConfiguration: opaque:OpaqueDeviceConfiguration
OpaqueDeviceConfiguration: driver parameters
ResourceClaim: apiVersion kind metadata:ObjectMeta spec:ResourceClaimSpec status:ResourceClaimStatus
ResourceClaimTemplate: apiVersion kind metadata:ObjectMeta spec:ResourceClaimTemplateSpec
ResourceClaimTemplateSpec: metadata:ObjectMeta spec:ResourceClaimSpec
ResourceClaimSpec: devices:DeviceClaim controller
DeviceClaim: requests:[DeviceRequest] constraints:[DeviceConstraint] config:[DeviceClaimConfiguration]
DeviceSubRequest: name deviceClassName selectors:[DeviceSelector] allocationMode count
    tolerations:[DeviceToleration] capacity:CapacityRequirements derivedAttributes
CapacityRequirements: requests
DeviceToleration: key operator value effect tolerationSeconds
DeviceConstraint: requests matchAttribute distinctAttribute
DeviceClaimConfiguration: requests opaque:OpaqueDeviceConfiguration
ResourceClaimStatus: allocation:AllocationResult reservedFor:[ConsumerReference] devices deallocationRequested
AllocationResult: devices:DeviceAllocationResult nodeSelector:NodeSelector allocationTimestamp controller
DeviceAllocationResult: results:[DeviceRequestAllocationResult] config:[DeviceAllocationConfiguration]
DeviceRequestAllocationResult: request driver pool device adminAccess tolerations:[DeviceToleration]
    bindingConditions bindingFailureConditions shareID consumedCapacity skipNodeOperations
DeviceAllocationConfiguration: source requests opaque:OpaqueDeviceConfiguration
ResourceSlice: apiVersion kind metadata:ObjectMeta spec:ResourceSliceSpec
ResourceSliceSpec: driver pool:ResourcePool nodeName nodeSelector:NodeSelector allNodes devices:[Device]
    perDeviceNodeSelection sharedCounters:[CounterSet] partitionTypeAttribute skipNodeOperations
ResourcePool: name generation resourceSliceCount
CounterSet: name counters
DeviceAttribute: int bool string version ints bools strings versions
DeviceCapacity: value requestPolicy:CapacityRequestPolicy
CapacityRequestPolicy: default validValues validRange:CapacityRequestPolicyRange
CapacityRequestPolicyRange: min max step
DeviceCounterConsumption: counterSet counters compatibilityGroups
DeviceTaint: key value effect timeAdded
DeviceTaintRule: apiVersion kind metadata:ObjectMeta spec:DeviceTaintRuleSpec status
DeviceTaintRuleSpec: deviceSelector:DeviceTaintSelector taint:DeviceTaint
DeviceTaintSelector: driver pool device
"""

EXACT = """
    deviceClassName selectors:[DeviceSelector] allocationMode count adminAccess tolerations:[DeviceToleration]
    capacity:CapacityRequirements derivedAttributes
"""
DEVICE = """
    attributes:{DeviceAttribute} capacity:{DeviceCapacity} consumesCounters:[DeviceCounterConsumption] nodeName
    nodeSelector:NodeSelector allNodes taints:[DeviceTaint] bindsToNode bindingConditions bindingFailureConditions
    allowMultipleAllocations nodeAllocatableResources compatibilityGroups
"""

SINCE_V1BETA2 = f"""
DeviceRequest: name exactly:ExactDeviceRequest firstAvailable:[DeviceSubRequest]
ExactDeviceRequest: {EXACT.strip()}
Device: name {DEVICE.strip()}
"""
UNTIL_V1BETA1 = f"""
DeviceRequest: name {EXACT.strip()} firstAvailable:[DeviceSubRequest]
Device: name basic:BasicDevice
BasicDevice: {DEVICE.strip()}
"""

# What v1alpha3 lacks: its last form is that of Kubernetes 1.33, and 1.34 serves none of these kinds in it any more.
V1ALPHA3 = """
DeviceClassSpec: selectors:[DeviceSelector] config:[DeviceConfiguration] suitableNodes
DeviceTaintSelector: driver pool device deviceClassName selectors:[DeviceSelector]
DeviceRequest: name deviceClassName selectors:[DeviceSelector] allocationMode count adminAccess
    firstAvailable:[DeviceSubRequest] tolerations:[DeviceToleration]
DeviceSubRequest: name deviceClassName selectors:[DeviceSelector] allocationMode count tolerations:[DeviceToleration]
DeviceConstraint: requests matchAttribute
DeviceRequestAllocationResult: request driver pool device adminAccess tolerations:[DeviceToleration]
AllocationResult: devices:DeviceAllocationResult nodeSelector:NodeSelector controller
ResourceSliceSpec: driver pool:ResourcePool nodeName nodeSelector:NodeSelector allNodes devices:[Device]
    perDeviceNodeSelection sharedCounters:[CounterSet]
BasicDevice: attributes:{DeviceAttribute} capacity consumesCounters:[DeviceCounterConsumption] nodeName
    nodeSelector:NodeSelector allNodes taints:[DeviceTaint]
DeviceAttribute: int bool string version
DeviceCounterConsumption: counterSet counters
"""

EVOLUTION = """
DeviceClass: apiVersion kind metadata:ObjectMeta config:[Configuration] requirements:[Requirement]
Configuration: opaque:Opaque
Opaque: driverName parameters
Requirement: deviceSelector
ResourceClaim: apiVersion kind metadata:ObjectMeta spec:ResourceClaimSpec status:ResourceClaimStatus
ResourceClaimTemplate: apiVersion kind metadata:ObjectMeta spec:ResourceClaimTemplateSpec
ResourceClaimTemplateSpec: metadata:ObjectMeta spec:ResourceClaimSpec
ResourceClaimSpec: config:[Configuration] constraints:[Constraint] requests:[Request] shareable
Constraint: matchAttribute
Request: name deviceClassName config:[Configuration] adminAccess requirements:[Requirement]
ResourceClaimStatus: allocation:AllocationResult reservedFor:[ConsumerReference]
AllocationResult: driverData:[DriverData] nodeName shareable
DriverData: driverName data:StructuredDriverData
StructuredDriverData: config results:[RequestAllocationResult]
RequestAllocationResult: config requestName deviceName
ResourcePool: apiVersion kind metadata:ObjectMeta spec:ResourcePoolSpec
DevicePool: apiVersion kind metadata:ObjectMeta spec:ResourcePoolSpec
ResourcePoolSpec: nodeName driverName sharedCapacity:[SharedCapacity] devices:[Device] distributedAllocation
Device: name attributes:[DeviceAttribute] sharedCapacityConsumed:[SharedCapacity]
DeviceAttribute: name quantity bool string version int
SharedCapacity: name capacity
Quota: apiVersion kind metadata:ObjectMeta spec:QuotaSpec
QuotaSpec: allowManagementAccess deviceLimits deviceClassDenyList deviceClassAllowList
"""

K8SRM = """
DeviceClass: apiVersion kind metadata:ObjectMeta spec:DeviceClassSpec
DeviceClassSpec: selector definition:DeviceClassDefinition driver constraints configs config deviceType
DeviceClassDefinition: driver constraints configs config
DeviceClaim: apiVersion kind metadata:ObjectMeta spec:DeviceClaimSpec status
DeviceClaimSpec: matchAttributes distinctAttributes devices:[DeviceClaimInstance]
DeviceClaimInstance: name allOf:[DeviceClaimDetail] oneOf:[DeviceClaimDetail] class adminAccess constraints
    maxDevices requests matchAttributes distinctAttributes configs config devices allowShared
DeviceClaimDetail: class adminAccess constraints maxDevices requests matchAttributes distinctAttributes configs
    config devices allowShared
DevicePool: apiVersion kind metadata:ObjectMeta spec:DevicePoolSpec status
DevicePoolSpec: nodeName driver attributes:[Attribute] sharedResources devices:[Device]
Device: name attributes:[Attribute] sharedResourcesConsumed claimResourcesProvided
Attribute: name stringValue intValue quantityValue semVerValue boolValue
"""
